/** Pictures of figures for the timeline: fetched once, the last few hundred kept. */
import type { Client } from './client';

const KEPT = 300;

export class Thumbnails {
  private readonly addresses = new Map<string, Promise<string>>();

  constructor(private readonly client: Client) {}

  readonly get = (run: string, n: number): Promise<string> => {
    const address = `${run}/${n}`;
    const known = this.addresses.get(address);
    if (known !== undefined) {
      return known;
    }
    const wanted = this.client.thumbnail(address).then(
      blob => URL.createObjectURL(blob),
      () => {
        this.addresses.delete(address);
        return '';
      }
    );
    this.addresses.set(address, wanted);
    this.forgetOldest();
    return wanted;
  };

  private forgetOldest(): void {
    const [oldest] = this.addresses;
    if (this.addresses.size > KEPT && oldest !== undefined) {
      this.addresses.delete(oldest[0]);
      void oldest[1].then(address => URL.revokeObjectURL(address));
    }
  }
}
