/** Whether the sources of a family are servers that were made to answer: real ones, but not who attacks. */
export const isReflection = (family: string): boolean =>
  family.endsWith('_amplification') || family === 'syn_ack_reflection';
