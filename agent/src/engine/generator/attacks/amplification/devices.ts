/** SSDP, WS-Discovery, CoAP, ARMS, BACnet, Ubiquiti, DVRs, Plex: devices that were never meant to be on the Internet. */
import { big16, big32, bytes, chance, letters } from '../../bytes.ts';
import type { AmplifyingService } from './service.ts';

const types = [
  'upnp:rootdevice',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
] as const;

/** One answer for each device and service that an M-SEARCH for `ssdp:all` finds (UPnP 1.1, section 1.3.3). */
export const ssdpAmplifier: AmplifyingService = {
  name: 'ssdp',
  port: 1900,
  reflectors: { from: 500, to: 5000 },
  shareOtherPorts: 0.2,
  answers(random) {
    const id = letters(random, 12);
    const server = random.pick([
      'Linux/2.6 UPnP/1.0 MiniUPnPd/1.4',
      'Custom/1.0 UPnP/1.0 Proc/Ver',
      'ipOS/7.4 UPnP/1.0 ipGENADevice/1.0',
    ]);
    const answer = (type: string): string =>
      `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=${random.pick([100, 120, 1800])}\r\nST: ${type}\r\nUSN: uuid:${id}::${type}\r\nEXT:\r\nSERVER: ${server}\r\nLOCATION: http://192.168.1.1:${random.integer(1024, 65_535)}/rootDesc.xml\r\n\r\n`;
    return Array.from({ length: random.integer(1, 8) }, () => bytes(answer(random.pick(types))));
  },
};

/** ProbeMatches of cameras and printers: SOAP over UDP, 600 to 3,000 bytes. */
export const wsdAmplifier: AmplifyingService = {
  name: 'wsd',
  port: 3702,
  reflectors: { from: 300, to: 5000 },
  answers(random) {
    const scopes = Array.from(
      { length: random.integer(2, 30) },
      () => `onvif://www.onvif.org/${letters(random, 12)}/${letters(random, 8)}`,
    ).join(' ');
    const envelope =
      '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" ' +
      'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">' +
      `<SOAP-ENV:Header><wsa:MessageID>uuid:${letters(random, 32)}</wsa:MessageID></SOAP-ENV:Header><SOAP-ENV:Body>` +
      `<d:ProbeMatches><d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes>` +
      '</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>';
    return [bytes(envelope)];
  },
};

/** 2.05 Content (RFC 7252) to `/.well-known/core`: version 1, acknowledgement or not, link format. */
export const coapAmplifier: AmplifyingService = {
  name: 'coap',
  port: 5683,
  reflectors: { from: 200, to: 4000 },
  echoes: { from: 2, to: 3 },
  answers(random) {
    const links = Array.from(
      { length: random.integer(3, 40) },
      () => `</${letters(random, 8)}/${letters(random, 5)}>;rt="${letters(random, 6)}";ct=0`,
    ).join(',');
    const isPart = links.length > 1024;
    const option = isPart ? [0xc1, 40, 0xb1, 0x0e] : [0xc1, 40];
    return [bytes(random.pick([0x60, 0x50]), 0x45, 0, 0, option, 0xff, links.slice(0, 1024))];
  },
};

/** Apple Remote Desktop's net assistant: 1,006 bytes, mostly zero, with the machine's name in it. */
export const armsAmplifier: AmplifyingService = {
  name: 'arms',
  port: 3283,
  reflectors: { from: 200, to: 3000 },
  answers(random) {
    const answer = new Uint8Array(1006);
    answer.set(bytes(0, 1, 3, 0xea, 0x10, 1, 0, 0, chance(random, 8), `${letters(random, 8)}s-MacBook-Pro`));
    for (let at = 200; at < 240; at++) answer[at] = random.integer(0, 255);
    return [bytes(0, 1, 0, 50, chance(random, 50)), answer].slice(random.integer(0, 1));
  },
};

/** BVLC over UDP (ASHRAE 135, annex J): a ReadPropertyMultiple's ComplexACK, with what the device is called. */
export const bacnetAmplifier: AmplifyingService = {
  name: 'bacnet',
  port: 47808,
  reflectors: { from: 100, to: 2000 },
  answers(random) {
    const text = letters(random, random.integer(40, 400));
    const ack = bytes(
      0x30,
      random.integer(0, 255),
      0x0e,
      0x0c,
      2,
      chance(random, 3),
      0x1e,
      0x29,
      77,
      0x4e,
      0x75,
      0xfe,
      big16(text.length),
      0,
      text,
      0x4f,
      0x1f,
    );
    return [bytes(0x81, 0x0a, big16(6 + ack.length), 1, 0, ack)];
  },
};

/** Discovery protocol of radios, version 1: type, length, then fields of type, length and value. */
export const ubiquitiAmplifier: AmplifyingService = {
  name: 'ubiquiti',
  port: 10001,
  reflectors: { from: 200, to: 4000 },
  isIpv4Only: true,
  answers(random) {
    const field = (type: number, value: Uint8Array) => bytes(type, big16(value.length), value);
    const fields = bytes(
      field(2, bytes(chance(random, 10))),
      field(1, bytes(chance(random, 6))),
      field(3, bytes(`XM.ar7240.v5.${random.integer(1, 6)}.2.${random.integer(1000, 9999)}`)),
      field(11, bytes(`HACKED-ROUTER-${letters(random, 8)}`)),
      field(12, bytes(random.pick(['NanoStation M5', 'LiteBeam 5AC', 'PowerBeam M5']))),
      field(10, bytes(chance(random, 4))),
    );
    return [bytes(1, 0, big16(fields.length), fields)];
  },
};

/** DHCPDiscover of video recorders: a binary header of 32 bytes, then JSON. */
export const dvrAmplifier: AmplifyingService = {
  name: 'dvr_dhcp',
  port: 37810,
  reflectors: { from: 200, to: 4000 },
  isIpv4Only: true,
  answers(random) {
    const text = `{"mac":"${letters(random, 2)}:11:22:33:44:55","method":"client.notifyDevInfo","params":{"deviceInfo":{"AlarmInputChannels":${random.integer(0, 16)},"DeviceClass":"${random.pick(['NVR', 'HCVR', 'IPC'])}","DeviceType":"${letters(random, 12)}","HttpPort":80,"IPv4Address":{"DefaultGateway":"192.168.1.1","DhcpEnable":false,"IPAddress":"192.168.1.108"},"SerialNo":"${letters(random, 15)}","Version":"3.2${random.integer(0, 9)}"}}}\n`;
    return [
      bytes(
        0x20,
        0,
        0,
        0,
        'DHIP',
        new Uint8Array(8),
        big32(text.length).reverse(),
        new Uint8Array(12 - 4),
        big32(0),
        text,
      ),
    ];
  },
};

/** GDM answers of media servers (HTTP-like), to port 32414 and 32410. */
export const plexAmplifier: AmplifyingService = {
  name: 'plex',
  port: 32414,
  reflectors: { from: 200, to: 4000 },
  answers(random) {
    return [
      bytes(
        `HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nHost: ${letters(random, 40)}.plex.direct\r\nName: ${letters(random, 8)}\r\nPort: 32400\r\nResource-Identifier: ${letters(random, 40)}\r\nUpdated-At: ${random.integer(1e9, 2e9)}\r\nVersion: 1.${random.integer(15, 40)}.0\r\n`,
      ),
    ];
  },
};
