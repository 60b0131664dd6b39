/** The part of the package `cap` 0.2.1 that is used; it brings no types of its own. */
declare module 'cap' {
  export interface Cap {
    /**
     * Opens an interface and returns the name of its link type. Packets are written into `buffer`, which `cap` does not
     * keep alive. Throws what libpcap says.
     */
    open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
    on(event: 'packet', listener: (captured: number, isTruncated: boolean) => void): this;
    close(): void;
  }
  const addOn: { readonly Cap: new () => Cap };
  export default addOn;
}
