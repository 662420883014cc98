/** The execution that is open. */
import type {
  AnnotationsAnswer,
  ExecutionPart,
  OutputPart
} from '../../../ui/src/answers';
import { isBlob } from '../../../ui/src/answers';
import type { Loaded } from '../../../ui/src/loaded';
import { LOADING } from '../../../ui/src/loaded';
import type { Client } from '../client';
import { Merged, Model, loaded, same } from './model';

export class EntryModel extends Model {
  private open_: string | null = null;
  private current: Loaded<ExecutionPart> = LOADING;
  private readonly merged = new Merged(() => this.fetch());

  constructor(private readonly client: Client) {
    super();
  }

  /** Address of the execution that is open, null where none is. */
  get address(): string | null {
    return this.open_;
  }

  get entry(): Loaded<ExecutionPart> {
    return this.current;
  }

  open(address: string): Promise<void> {
    if (address !== this.open_) {
      this.open_ = address;
      this.current = LOADING;
      this.tell();
    }
    return this.refresh();
  }

  close(): void {
    if (this.open_ !== null) {
      this.open_ = null;
      this.tell();
    }
  }

  refresh(): Promise<void> {
    return this.open_ === null ? Promise.resolve() : this.merged.request();
  }

  note(text: string): Promise<void> {
    return this.annotate(address => this.client.note(address, text));
  }

  tag(tags: string[]): Promise<void> {
    return this.annotate(address => this.client.tag(address, tags));
  }

  untag(tag: string): Promise<void> {
    return this.annotate(address => this.client.untag(address, [tag]));
  }

  /** The output with everything in it that the answer only referred to. */
  readonly complete = async (output: OutputPart): Promise<OutputPart> => {
    const data: OutputPart['data'] = {};
    for (const [mime, value] of Object.entries(output.data ?? {})) {
      data[mime] = isBlob(value)
        ? await this.content(value.blob, value.base64 === true)
        : value;
    }
    const text = isBlob(output.text)
      ? await this.content(output.text.blob, false)
      : output.text;
    return {
      ...output,
      ...(output.data && { data }),
      ...(text !== undefined && { text })
    };
  };

  private async annotate(
    write: (address: string) => Promise<AnnotationsAnswer>
  ): Promise<void> {
    if (this.open_ === null) {
      return;
    }
    const address = this.open_;
    const { notes, tags, name } = await write(address);
    if (address === this.open_ && this.current.state === 'ready') {
      this.current = {
        state: 'ready',
        answer: { ...this.current.answer, notes, tags, name }
      };
      this.tell();
    }
  }

  private async content(sha256: string, base64: boolean): Promise<string> {
    const blob = await this.client.blob(sha256);
    return base64
      ? encoded(new Uint8Array(await blob.arrayBuffer()))
      : blob.text();
  }

  private async fetch(): Promise<void> {
    const address = this.open_;
    if (address === null) {
      return;
    }
    const answer = await loaded(() => this.client.execution(address));
    if (address === this.open_ && !same(answer, this.current)) {
      this.current = withKept(answer, this.current);
      this.tell();
    }
  }
}

/** The new answer; outputs that are as they were stay the same objects, so that they are not drawn again. */
function withKept(
  now: Loaded<ExecutionPart>,
  before: Loaded<ExecutionPart>
): Loaded<ExecutionPart> {
  if (now.state !== 'ready' || before.state !== 'ready') {
    return now;
  }
  const kept = before.answer.outputs;
  const outputs = now.answer.outputs.map((output, index) => {
    const old = kept[index];
    return old !== undefined && same(old, output) ? old : output;
  });
  return { state: 'ready', answer: { ...now.answer, outputs } };
}

function encoded(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text);
}
