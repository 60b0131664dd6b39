/** The version of the policy language. */
export const apiVersion = 'tidegate/v1';

/** What a policy means where it says nothing: stated once, for the shapes that document it and the compiler that fills it in. */
export const policyDefaults = {
  nodeGroup: { mode: 'observe', allowEmpty: false, neverBlockPackets: '20kpps' },
  threshold: { hold: '0s', releaseBelow: '50%', ceilingBurst: '100ms', sensitivity: 'balanced' },
  playbook: { confidence: 0.8, via: 'auto', stepMode: 'enforce', releaseAfter: '2m' },
  attackProfile: { payloadOffset: 0, share: '60%', confidence: 0.9 },
  threatFeed: { refresh: '12h', action: 'count', allowEmpty: false, shrink: '50%', grow: '200%' },
  notificationChannel: { region: 'us', mailPort: 587, mailSecurity: 'starttls', perMinute: 20 },
  flowspecPolicy: {
    speaker: 'default',
    routes: 64,
    perMinute: 30,
    length: 32,
    length6: 128,
    blackholed: '5%',
  },
  scrubber: { length: 32, length6: 128, activeWithin: '10m', diversions: 4, region: 'eu' },
  escalation: { for: '10s' },
  scenario: { traffic: 'web', background: '1kpps', duration: '10s', seed: 1 },
} as const;
