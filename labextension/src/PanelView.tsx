/** The panel: what the models know, handed to components, and what a person does, handed to the models. */
import {
  Suspense,
  lazy,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState
} from 'react';

import type { ExecutionPart, VersionPart } from '../../ui/src/answers';
import { parts } from '../../ui/src/answers';
import { Boundary } from '../../ui/src/Boundary';
import { WhatChanged } from '../../ui/src/changes/WhatChanged';
import type { Highlight } from '../../ui/src/Code';
import { Entry } from '../../ui/src/entry/Entry';
import type { AskWhy } from '../../ui/src/entry/Files';
import type { DrawOutput } from '../../ui/src/entry/Outputs';
import type { Recording } from '../../ui/src/Header';
import { Header } from '../../ui/src/Header';
import { ProofCard } from '../../ui/src/ProofCard';
import { RecipeBar } from '../../ui/src/recipe/RecipeBar';
import { ReplayCard } from '../../ui/src/ReplayCard';
import { SearchResults } from '../../ui/src/SearchResults';
import { StaleNotice } from '../../ui/src/StaleNotice';
import { Empty, Failed, Loading, Missing } from '../../ui/src/States';
import { Tabs } from '../../ui/src/Tabs';
import { Timeline } from '../../ui/src/timeline/Timeline';
import { Versions } from '../../ui/src/versions/Versions';
import type { Words } from '../../ui/src/words';
import { WordsProvider } from '../../ui/src/words';
import type { ResultPart } from '../../ui/src/results/answers';
import type { JournalModel, Tab } from './models/journal';
import type { Model } from './models/model';

/** The table of results comes with what it is made of when somebody first looks at it. */
const ResultsPart = lazy(async () => ({
  default: (await import('./ResultsPart')).ResultsPart
}));

/** What the application does for the panel. */
export interface Deeds {
  draw: DrawOutput;
  highlight?: Highlight;
  thumbnail: (run: string, n: number) => Promise<string>;
  recording: () => Recording;
  copy: (text: string, what: string) => void;
  /** The notebook is the server path, where it is known. */
  goToCell: (notebook: string | null, entry: ExecutionPart) => void;
  insert: (source: string) => void;
  /** The cell of a result. */
  goToResult: (row: ResultPart) => void;
  /** Shows the table of results with more room. */
  widenResults: () => void;
  why: AskWhy;
  export: (address: string, notebook: string | null) => void;
  replay: (address: string) => void;
  /** The same, with what was installed then. */
  replayRecorded: (address: string) => void;
  /** A clean notebook with only what an execution needs, run before it is handed over. */
  notebookFor: (address: string, notebook: string | null) => void;
  /** Lights up what an execution depends on. */
  recipe: (address: string) => void;
  /** Stops a replay, or the run of a notebook. */
  stop: (job: string) => void;
  openFile: (path: string) => void;
  showCell: (notebook: string, cellId: string) => void;
  menu: (
    address: string,
    notebook: string | null,
    x: number,
    y: number
  ) => void;
  record: (on: boolean) => void;
  restartKernel?: () => void;
}

interface PanelViewProps {
  journal: JournalModel;
  deeds: Deeds;
  words: Words;
}

export function PanelView({
  journal,
  deeds,
  words
}: PanelViewProps): JSX.Element {
  const {
    status,
    timeline,
    entry,
    changes,
    versions,
    search,
    jobs,
    recipe,
    checks,
    kernels
  } = journal;
  useChanges([
    journal,
    status,
    timeline,
    entry,
    changes,
    versions,
    search,
    jobs,
    recipe,
    checks,
    kernels
  ]);
  const [foundFocus, askFoundFocus] = useReducer(
    (asked: number) => asked + 1,
    0
  );
  const changesFocus = useComingBack(entry.address);
  const searching = search.query.trim() !== '';
  const answer = status.status.state === 'ready' ? status.status.answer : null;
  return (
    <WordsProvider value={words}>
      <div className="lj-panel">
        <Header
          recording={deeds.recording()}
          extent={answer}
          problems={answer?.problems ?? []}
          query={search.query}
          onPause={() => deeds.record(false)}
          onResume={() => deeds.record(true)}
          onRestartKernel={deeds.restartKernel}
          onQuery={query => {
            entry.close();
            changes.close();
            search.ask(query);
          }}
          onLeaveSearch={askFoundFocus}
        />
        {jobs.tasks.map(({ job, task }) =>
          task.kind === 'replay' ? (
            <ReplayCard
              key={job}
              replay={task.replay}
              onDismiss={() => jobs.dismiss(job)}
              onStop={() => deeds.stop(job)}
              onOpen={address => void entry.open(address)}
              onRecorded={deeds.replayRecorded}
            />
          ) : (
            <ProofCard
              key={job}
              proof={task.proof}
              onDismiss={() => jobs.dismiss(job)}
              onStop={() => deeds.stop(job)}
              onOpenFile={deeds.openFile}
              onCopy={deeds.copy}
            />
          )
        )}
        {!searching && (
          <Tabs<Tab>
            label={words.__('What is shown')}
            controls="lj-stage"
            chosen={journal.tab}
            tabs={[
              { id: 'notebook', label: words.__('This notebook') },
              { id: 'all', label: words.__('All') },
              { id: 'cell', label: words.__('This cell') },
              { id: 'results', label: words.__('Results') }
            ]}
            onChoose={tab => journal.show(tab)}
          />
        )}
        <div className="lj-stage" id="lj-stage">
          <Under covered={entry.address !== null || changes.asked !== null}>
            <Boundary key={searching ? 'search' : journal.tab}>
              {searching ? (
                <SearchResults
                  query={search.query}
                  hits={search.hits}
                  focusRequest={foundFocus}
                  onRetry={() => void search.refresh()}
                  onOpen={address => void entry.open(executionOf(address))}
                  onLeave={() => search.ask('')}
                />
              ) : journal.tab === 'cell' ? (
                <CellVersions journal={journal} deeds={deeds} />
              ) : journal.tab === 'results' ? (
                <Results journal={journal} deeds={deeds} />
              ) : (
                <Runs journal={journal} deeds={deeds} words={words} />
              )}
            </Boundary>
          </Under>
          {changes.asked !== null && (
            <Under covered={entry.address !== null} over>
              <Boundary key={changes.asked.address}>
                <WhatChanged
                  address={changes.asked.address}
                  focusRequest={changesFocus}
                  diff={changes.diff}
                  onBack={() => changes.close()}
                  onRetry={() => void changes.refresh()}
                  onOpen={address => void entry.open(address)}
                  onWhy={deeds.why}
                  picture={deeds.thumbnail}
                />
              </Boundary>
            </Under>
          )}
          {entry.address !== null && (
            <OpenEntry
              journal={journal}
              deeds={deeds}
              address={entry.address}
              onBack={searching ? askFoundFocus : undefined}
            />
          )}
        </div>
      </div>
    </WordsProvider>
  );
}

/** Runs and executions, or what to say where there are none. */
function Runs({ journal, deeds, words }: PanelViewProps): JSX.Element {
  const { timeline, entry, settings } = journal;
  const cameBack = useComingBack(covering(journal));
  const focusRequest = cameBack + useComingBack(journal.recipe.address);
  const { runs, rows } = timeline;
  const path = (run: string): string | null =>
    timeline.run(run)?.server_path ?? null;
  if (timeline.scope === null) {
    return (
      <Empty
        icon="file"
        title={words.__('No notebook is in front')}
        action={{
          label: words.__('Show all notebooks'),
          run: () => journal.show('all')
        }}
      >
        {words.__('Open a notebook, and what ran in it stands here.')}
      </Empty>
    );
  }
  switch (runs.state) {
    case 'loading':
      return <Loading lines={8} />;
    case 'missing':
      return <Missing retry={() => void journal.refreshAll()} />;
    case 'failed':
      return (
        <Failed message={runs.message} retry={() => void timeline.refresh()} />
      );
    case 'ready':
      break;
  }
  if (rows.length === 0) {
    return (
      <Empty icon="note" title={words.__('Nothing has run here yet')}>
        {words.__(
          'Run a cell as you always do. It appears here by itself, with its code and what it showed.'
        )}
      </Empty>
    );
  }
  const { recipe, checks, notebook: front } = journal;
  const { address } = recipe;
  const known = recipe.recipe.state === 'ready' ? recipe.recipe.answer : null;
  return (
    <div
      className="lj-runs"
      onKeyDown={event => {
        if (event.key === 'Escape' && address !== null) {
          event.stopPropagation();
          recipe.close();
        }
      }}
    >
      {front !== null && timeline.scope !== 'all' && (
        <StaleNotice
          problems={checks.problems(front.path)}
          activeCell={front.cellId}
          onGoToCell={cellId => deeds.showCell(front.path, cellId)}
          onDismiss={() => checks.dismiss(front.path)}
        />
      )}
      {address !== null && (
        <RecipeBar
          address={address}
          recipe={recipe.recipe}
          onNotebook={() =>
            deeds.notebookFor(address, known?.server_path ?? null)
          }
          onOpen={() => void entry.open(address)}
          onRetry={() => void recipe.open(address)}
          onLeave={() => recipe.close()}
        />
      )}
      <Timeline
        lit={recipe.lit}
        onLeaveRecipe={() => recipe.close()}
        stale={checks.stale}
        rows={rows}
        summary={timeline.summary}
        showsNotebooks={timeline.scope === 'all'}
        codeLines={settings.codeLines}
        thumbnail={settings.thumbnails ? deeds.thumbnail : undefined}
        focusRequest={focusRequest}
        onInSight={timeline.inSight}
        onOpen={(run, n) => void entry.open(`${run}/${n}`)}
        onToggle={run => timeline.toggle(run)}
        onExport={run => deeds.export(run, path(run))}
        onReplay={run => deeds.replay(run)}
        onMenu={(run, n, x, y) =>
          deeds.menu(n === null ? run : `${run}/${n}`, path(run), x, y)
        }
      />
    </div>
  );
}

function Results({
  journal,
  deeds
}: Omit<PanelViewProps, 'words'>): JSX.Element {
  const { entry, settings, results } = journal;
  const focusRequest = useComingBack(covering(journal));
  return (
    <Suspense fallback={<Loading lines={8} />}>
      <ResultsPart
        model={results}
        place="panel"
        focusRequest={focusRequest}
        onOpen={({ address }) => void entry.open(address)}
        onGoToCell={deeds.goToResult}
        onWhy={({ address }) => deeds.why(address, address, 'before')}
        onNotebook={({ address, server_path }) =>
          deeds.notebookFor(address, server_path ?? null)
        }
        onMenu={({ address, server_path }, x, y) =>
          deeds.menu(address, server_path ?? null, x, y)
        }
        evidence={{
          onOpen: address => void entry.open(address),
          onWhy: deeds.why
        }}
        thumbnail={settings.thumbnails ? deeds.thumbnail : undefined}
        onWiden={deeds.widenResults}
      />
    </Suspense>
  );
}

function CellVersions({
  journal,
  deeds
}: Omit<PanelViewProps, 'words'>): JSX.Element {
  const { versions, notebook, entry } = journal;
  return (
    <Versions
      cell={
        versions.cell === null
          ? null
          : {
              source:
                versions.cell.cellId === notebook?.cellId
                  ? notebook.source
                  : null
            }
      }
      versions={versions.versions}
      highlight={deeds.highlight}
      onRetry={() => void versions.refresh()}
      onOpen={address => void entry.open(address)}
      onInsert={(version: VersionPart) => deeds.insert(version.source)}
      onCopy={deeds.copy}
    />
  );
}

interface OpenEntryProps extends Omit<PanelViewProps, 'words'> {
  address: string;
  onBack?: () => void;
}

function OpenEntry({
  journal,
  deeds,
  address,
  onBack
}: OpenEntryProps): JSX.Element {
  const { entry, timeline } = journal;
  const { run, n } = parts(address);
  const known = timeline.run(run);
  const executions = known?.executions ?? 0;
  const answer = entry.entry.state === 'ready' ? entry.entry.answer : null;
  const path = answer?.server_path ?? known?.server_path ?? null;
  const to = (other: number) => () => void entry.open(`${run}/${other}`);
  return (
    <div className="lj-layer lj-mod-top">
      <Boundary key={address}>
        <Entry
          address={address}
          notebook={answer?.notebook ?? known?.notebook ?? null}
          entry={entry.entry}
          draw={deeds.draw}
          highlight={deeds.highlight}
          complete={entry.complete}
          onBack={() => {
            entry.close();
            onBack?.();
          }}
          onRetry={() => void entry.refresh()}
          onEarlier={n !== null && n > 1 ? to(n - 1) : undefined}
          onLater={n !== null && n < executions ? to(n + 1) : undefined}
          onGoToCell={execution => deeds.goToCell(path, execution)}
          onInsert={execution => deeds.insert(execution.source)}
          onVersions={({ cell_id }) => {
            if (path !== null && cell_id !== null) {
              journal.showVersions({ notebook: path, cellId: cell_id });
            }
          }}
          onCopy={deeds.copy}
          onWhy={deeds.why}
          onChanges={() => {
            entry.close();
            void journal.changes.open({ address });
          }}
          onNotebook={() => deeds.notebookFor(address, path)}
          onRecipe={() => deeds.recipe(address)}
          onNote={text => entry.note(text)}
          onTag={tags => entry.tag(tags)}
          onUntag={tag => entry.untag(tag)}
        />
      </Boundary>
    </div>
  );
}

/** What lies under an open entry keeps its place, but nobody gets at it; it may itself lie `over` something. */
function Under({
  covered,
  over = false,
  children
}: {
  covered: boolean;
  over?: boolean;
  children: JSX.Element;
}): JSX.Element {
  const layer = useRef<HTMLDivElement>(null);
  // Before anything asks for the focus: what is inert cannot have it.
  useLayoutEffect(() => {
    layer.current?.toggleAttribute('inert', covered);
  }, [covered]);
  return (
    <div
      ref={layer}
      className={over ? 'lj-layer lj-mod-top' : 'lj-layer'}
      aria-hidden={covered || undefined}
    >
      {children}
    </div>
  );
}

/** What lies over the list: an open entry, or what changed. */
function covering({ entry, changes }: JournalModel): string | null {
  return entry.address ?? changes.asked?.address ?? null;
}

/** Counts up whenever an entry was closed. */
function useComingBack(open: string | null): number {
  const [seen, setSeen] = useState({ open, times: 0 });
  if (seen.open !== open) {
    setSeen({ open, times: seen.times + (open === null ? 1 : 0) });
  }
  return seen.times;
}

/** Draws again whenever one of the models says that it changed. */
function useChanges(models: readonly Model[]): void {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const [followed] = useState(models);
  useEffect(() => {
    const changed = (): void => draw();
    followed.forEach(model => model.changed.connect(changed));
    return () =>
      followed.forEach(model => void model.changed.disconnect(changed));
  }, [followed]);
}

/** A hit may name a whole run: its first execution stands for it. */
function executionOf(address: string): string {
  return parts(address).n === null ? `${address}/1` : address;
}
