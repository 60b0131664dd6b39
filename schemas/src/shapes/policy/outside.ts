/** How services of others are reached: their address, and what opens them. */
import { Type, type TString } from 'typebox';
import { SecretRef } from '../common.ts';

export const Secret = (description: string): TString =>
  Type.String({
    ...SecretRef,
    description: `${description}, by reference: env:NAME or file:PATH on the node. The configuration of the agent has to list it under policySecrets.`,
  });

export const Url = (description: string): TString =>
  Type.String({
    pattern: '^https?://[^\\s]+$',
    maxLength: 2048,
    description: `${description} Plain http is taken only for loopback.`,
  });
