/** The table of results, in the panel or in a tab of its own. It is fetched when somebody first looks at results. */
import { MainAreaWidget, ReactWidget } from '@jupyterlab/apputils';
import { useCallback, useEffect, useReducer } from 'react';

import { Boundary } from '../../ui/src/Boundary';
import type { ResultsViewProps } from '../../ui/src/results/ResultsView';
import { ResultsView } from '../../ui/src/results/ResultsView';
import type { ResultsView as View } from '../../ui/src/results/view';
import type { Words } from '../../ui/src/words';
import { WordsProvider } from '../../ui/src/words';
import { journalIcon } from './icons';
import type { Place, ResultsModel } from './models/results';

/** What the application does for results. */
export type ResultsDeeds = Pick<
  ResultsViewProps,
  | 'onOpen'
  | 'onGoToCell'
  | 'onWhy'
  | 'onNotebook'
  | 'onMenu'
  | 'thumbnail'
  | 'onWiden'
  | 'evidence'
>;

interface ResultsPartProps extends ResultsDeeds {
  model: ResultsModel;
  /** Where the table stands; each place has its own pane below the table. */
  place: Place;
  focusRequest?: number;
}

export function ResultsPart({
  model,
  place,
  focusRequest = 0,
  ...deeds
}: ResultsPartProps): JSX.Element {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    const changed = (): void => draw();
    model.changed.connect(changed);
    const leave = model.follow();
    return () => {
      leave();
      model.changed.disconnect(changed);
    };
  }, [model]);
  const onView = useCallback(
    (view: View) => model.setView(view, place),
    [model, place]
  );
  return (
    <ResultsView
      {...deeds}
      table={model.table}
      view={model.viewIn(place)}
      onView={onView}
      scope={model.scope}
      front={model.front}
      notebooks={model.notebooks}
      onScope={model.setScope}
      doubtful={model.doubtful}
      onDoubtful={model.setDoubtful}
      diff={model.diff}
      onCompare={model.compare}
      onStar={row => void model.star(row)}
      onTag={(addresses, tags) => void model.tag(addresses, tags)}
      onRetry={() => void model.refresh()}
      problem={model.problem}
      focusRequest={focusRequest}
    />
  );
}

class ResultsWidget extends ReactWidget {
  constructor(
    private readonly model: ResultsModel,
    private readonly deeds: ResultsDeeds,
    private readonly words: Words
  ) {
    super();
    this.addClass('lj-widget');
  }

  protected override render(): JSX.Element {
    return (
      <WordsProvider value={this.words}>
        <div className="lj-panel">
          <Boundary>
            <ResultsPart {...this.deeds} model={this.model} place="tab" />
          </Boundary>
        </div>
      </WordsProvider>
    );
  }
}

export const RESULTS_ID = 'labjournal-results';

/** A tab of the main area. */
export function resultsTab(
  model: ResultsModel,
  deeds: ResultsDeeds,
  words: Words
): MainAreaWidget {
  const tab = new MainAreaWidget({
    content: new ResultsWidget(model, deeds, words)
  });
  tab.id = RESULTS_ID;
  tab.title.icon = journalIcon;
  tab.title.label = words.__('Results');
  tab.title.caption = words.__('Results: parameters and metrics side by side');
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}
