/**
 * Draws recorded outputs with Lab's own renderers, as untrusted.
 *
 * Only kinds of output are drawn that cannot run anything or ask a server for anything; SVG becomes a picture, in which browsers
 * run no scripts and load nothing. Everything else is told in words.
 */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { MimeModel } from '@jupyterlab/rendermime';
import type { PartialJSONObject } from '@lumino/coreutils';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { OutputPart } from '../../ui/src/answers';
import { isBlob } from '../../ui/src/answers';
import type { Words } from '../../ui/src/words';
import { InertSanitizer } from './sanitizing';

const STDOUT = 'application/vnd.jupyter.stdout';
const STDERR = 'application/vnd.jupyter.stderr';
const SVG = 'image/svg+xml';

/** Kinds that are drawn, the most telling first. */
const DRAWN = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/bmp',
  SVG,
  'text/html',
  'text/markdown',
  'text/latex',
  'application/json',
  STDOUT,
  STDERR,
  'text/plain'
];

/** TeX that sets styles, links or names, or makes such commands: shown as text. */
const ACTING_TEX =
  /\\(style|class|cssId|href|url|data|require|unicode|includegraphics|bbox|mmlToken|def|gdef|edef|xdef|let|(re)?newcommand|(re)?newenvironment|csname|input|texttip|mathtip|toggle|enclose)\b/;

export class Untrusted {
  private readonly registry: IRenderMimeRegistry;

  constructor(
    registry: IRenderMimeRegistry,
    private readonly words: Words
  ) {
    const { latexTypesetter } = registry;
    this.registry = registry.clone({
      sanitizer: new InertSanitizer(registry.sanitizer),
      ...(latexTypesetter && { latexTypesetter: careful(latexTypesetter) })
    });
  }

  /** Draws the output into `host`; gives back how to take it away. */
  readonly draw = (output: OutputPart, host: HTMLElement): (() => void) => {
    const data = bundle(output);
    const mime = DRAWN.find(
      kind =>
        kind in data &&
        (kind === SVG || this.registry.getFactory(kind) !== undefined)
    );
    if (mime === undefined) {
      return this.tell(data, host);
    }
    if (mime === SVG) {
      return this.picture(String(data[mime]), host);
    }
    return this.render(mime, data, output, host);
  };

  private render(
    mime: string,
    data: PartialJSONObject,
    output: OutputPart,
    host: HTMLElement
  ): () => void {
    const renderer = this.registry.createRenderer(mime);
    let gone = false;
    renderer.addClass('lj-rendered');
    // Lumino's own attach wants a host on the page; a panel that is just being closed has none.
    MessageLoop.sendMessage(renderer, Widget.Msg.BeforeAttach);
    host.appendChild(renderer.node);
    MessageLoop.sendMessage(renderer, Widget.Msg.AfterAttach);
    const model = new MimeModel({
      data: { [mime]: data[mime] },
      metadata: (output.metadata ?? {}) as PartialJSONObject,
      trusted: false
    });
    renderer.renderModel(model).catch(() => {
      if (!gone) {
        this.say(this.words.__('This output could not be drawn.'), host);
      }
    });
    return () => {
      gone = true;
      // The element may have left the page before: Lumino's own detach would refuse that.
      MessageLoop.sendMessage(renderer, Widget.Msg.BeforeDetach);
      renderer.node.remove();
      MessageLoop.sendMessage(renderer, Widget.Msg.AfterDetach);
      renderer.dispose();
      host.replaceChildren();
    };
  }

  /** In an image element nothing of an SVG runs or loads. */
  private picture(svg: string, host: HTMLElement): () => void {
    const address = URL.createObjectURL(new Blob([svg], { type: SVG }));
    const image = document.createElement('img');
    image.src = address;
    image.alt = this.words.__('Figure');
    host.replaceChildren(image);
    return () => {
      URL.revokeObjectURL(address);
      host.replaceChildren();
    };
  }

  private tell(data: PartialJSONObject, host: HTMLElement): () => void {
    const kinds = Object.keys(data).join(', ');
    this.say(
      kinds === ''
        ? this.words.__('Nothing of this output was kept.')
        : this.words.__(
            'An output of kind %1, which is drawn in a notebook only.',
            kinds
          ),
      host
    );
    return () => host.replaceChildren();
  }

  private say(text: string, host: HTMLElement): void {
    const line = document.createElement('p');
    line.className = 'lj-faint';
    line.textContent = text;
    host.replaceChildren(line);
  }
}

/** What there is to draw, by kind; content that is not here is left out. */
export function bundle(output: OutputPart): PartialJSONObject {
  if (output.output_type === 'stream') {
    return typeof output.text === 'string'
      ? { [output.name === 'stderr' ? STDERR : STDOUT]: output.text }
      : {};
  }
  if (output.output_type === 'error') {
    const traceback = (output.traceback ?? []).join('\n');
    return {
      [STDERR]:
        traceback === ''
          ? `${output.ename ?? ''}: ${output.evalue ?? ''}`
          : traceback
    };
  }
  const data: PartialJSONObject = {};
  for (const [mime, value] of Object.entries(output.data ?? {})) {
    if (!isBlob(value)) {
      data[mime] = value as PartialJSONObject;
    }
  }
  return data;
}

/** Sets formulas, except where they hold commands that do more than set a formula. */
function careful(
  typesetter: IRenderMime.ILatexTypesetter
): IRenderMime.ILatexTypesetter {
  return {
    typeset: element =>
      ACTING_TEX.test(element.textContent ?? '')
        ? undefined
        : typesetter.typeset(element)
  };
}
