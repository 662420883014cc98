/** The tab with a lineage. It is fetched together with what draws graphs when somebody first asks where something comes from. */
import { MainAreaWidget, ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import '@xyflow/react/dist/base.css';
import { useEffect, useReducer } from 'react';

import { Boundary } from '../../ui/src/Boundary';
import type { NodeActions } from '../../ui/src/lineage/NodeDetails';
import { LineageView } from '../../ui/src/lineage/LineageView';
import type { Words } from '../../ui/src/words';
import { WordsProvider } from '../../ui/src/words';
import { journalIcon } from './icons';
import type { LineageModel } from './models/lineage';

/** What the application does for a lineage. */
export type LineageDeeds = NodeActions;

class LineageWidget extends ReactWidget {
  constructor(
    private readonly model: LineageModel,
    private readonly deeds: LineageDeeds,
    private readonly words: Words
  ) {
    super();
    this.addClass('lj-widget');
  }

  protected override render(): JSX.Element {
    return (
      <WordsProvider value={this.words}>
        <Boundary>
          <Following model={this.model} deeds={this.deeds} words={this.words} />
        </Boundary>
      </WordsProvider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.model.begin();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      void this.model.begin();
    }
  }
}

interface FollowingProps {
  model: LineageModel;
  deeds: LineageDeeds;
  words: Words;
}

function Following({ model, deeds, words }: FollowingProps): JSX.Element {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    const changed = (): void => draw();
    model.changed.connect(changed);
    return () => void model.changed.disconnect(changed);
  }, [model]);
  return (
    <LineageView
      {...deeds}
      label={titleOf(model, words)}
      why={model.why}
      lineage={model.lineage}
      busy={model.busy}
      problem={model.problem}
      onExpand={(id, side) => void model.expand(id, side)}
      onRetry={() => void model.refresh()}
    />
  );
}

export function titleOf({ question }: LineageModel, words: Words): string {
  return question.way === 'before'
    ? words.__('Where does %1 come from?', question.label)
    : words.__('Who used %1?', question.label);
}

/** A tab of the main area, which is empty until it is seen. */
export function lineageTab(
  model: LineageModel,
  deeds: LineageDeeds,
  words: Words
): MainAreaWidget {
  const tab = new MainAreaWidget({
    content: new LineageWidget(model, deeds, words)
  });
  tab.title.icon = journalIcon;
  tab.title.label = model.question.label;
  tab.title.caption = titleOf(model, words);
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}
