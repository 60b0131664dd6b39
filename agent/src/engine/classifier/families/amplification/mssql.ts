/** SQL Server Resolution Protocol (MS-SQLR, section 2.2.5): the list of instances begins with 0x05 and its length. */
import { amplification } from '../../amplification.ts';

export const mssqlAmplification = amplification({
  name: 'mssql',
  title: 'SQL Server Browser',
  ports: [1434],
  isAnswer: (payload) => payload.length >= 3 && payload[0] === 0x05,
});
