/** The widget around the panel: knows whether it can be seen. */
import { ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';

import type { Words } from '../../ui/src/words';
import { journalIcon } from './icons';
import type { JournalModel } from './models/journal';
import type { Deeds } from './PanelView';
import { PanelView } from './PanelView';

export const PANEL_ID = 'labjournal-panel';

export class JournalPanel extends ReactWidget {
  constructor(
    private readonly journal: JournalModel,
    private readonly deeds: Deeds,
    private readonly words: Words
  ) {
    super();
    this.id = PANEL_ID;
    this.addClass('lj-widget');
    this.title.icon = journalIcon;
    this.title.caption = words.__('Lab journal');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', words.__('Lab journal'));
  }

  protected override render(): JSX.Element {
    return (
      <PanelView journal={this.journal} deeds={this.deeds} words={this.words} />
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.journal.live.visible = true;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.journal.live.visible = this.isVisible;
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.journal.live.visible = false;
  }

  protected override onBeforeDetach(message: Message): void {
    super.onBeforeDetach(message);
    this.journal.live.visible = false;
  }
}
