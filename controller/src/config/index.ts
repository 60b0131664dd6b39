/**
 * The configuration file of the controller.
 *
 * Promises: strict (an unknown key is an error with its line and column), every default filled in, every path
 * absolute; secrets stay references until they are used and are never logged.
 */
export { loadConfig, settingsFrom, type ControllerSettings } from './settings.ts';
export { readPolicySecret, readSecret } from './secret.ts';
