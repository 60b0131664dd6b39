/** A speaker that is looked for when it is needed: gobgpd may start after the agent does. */
import type { BgpSpeaker, Neighbour } from './speaker.ts';

export interface ReconnectingOptions {
  /** For messages, before anybody answered. */
  readonly name: string;
  /** Rejects with TG2017 where nobody answers. */
  readonly connect: () => Promise<BgpSpeaker>;
}

export class ReconnectingSpeaker implements BgpSpeaker {
  readonly #options: ReconnectingOptions;
  #speaker: BgpSpeaker | null = null;
  #connecting: Promise<BgpSpeaker> | null = null;
  #isClosed = false;

  constructor(options: ReconnectingOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#speaker?.name ?? this.#options.name;
  }

  async announce(...routes: Parameters<BgpSpeaker['announce']>): Promise<void> {
    await (await this.#get()).announce(...routes);
  }

  async renew(...routes: Parameters<NonNullable<BgpSpeaker['renew']>>): Promise<void> {
    await (await this.#get()).renew?.(...routes);
  }

  async withdraw(...routes: Parameters<BgpSpeaker['withdraw']>): Promise<void> {
    await (await this.#get()).withdraw(...routes);
  }

  async routes(): ReturnType<BgpSpeaker['routes']> {
    return await (await this.#get()).routes();
  }

  async neighbours(): ReturnType<BgpSpeaker['neighbours']> {
    return await (await this.#get()).neighbours();
  }

  async advertised(neighbour: Neighbour): ReturnType<BgpSpeaker['advertised']> {
    return await (await this.#get()).advertised(neighbour);
  }

  /** Before anybody answered there is nothing to watch. */
  watch(changed: () => void): () => void {
    return this.#speaker?.watch(changed) ?? (() => undefined);
  }

  close(): void {
    this.#isClosed = true;
    this.#speaker?.close();
  }

  async #get(): Promise<BgpSpeaker> {
    if (this.#speaker !== null) return this.#speaker;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return await this.#connecting;
  }

  async #connect(): Promise<BgpSpeaker> {
    const speaker = await this.#options.connect();
    if (this.#isClosed) speaker.close();
    this.#speaker = speaker;
    return speaker;
  }
}
