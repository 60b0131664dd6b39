/** Version of the agent, as packages and audit records carry it. */
export const agentVersion = '0.1.0';
