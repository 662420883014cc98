/** The notebook in front: what is known of it, and what is done in it (nothing is ever executed). */
import type { Cell, ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { Edited } from './models/checks';
import type { Notebook } from './models/journal';

/** Follows the notebook in front, its kernel and its selected cell. */
export class Follower {
  private readonly signal = new Signal<this, void>(this);
  private readonly savedSignal = new Signal<this, void>(this);
  private readonly debouncer = new Debouncer(() => this.signal.emit(), 400);
  private cell: ICellModel | null = null;
  private language = '';
  private connection: NotebookPanel['sessionContext']['session'] = null;

  constructor(private readonly tracker: INotebookTracker) {
    tracker.currentChanged.connect((_, panel) => this.follow(panel));
    tracker.activeCellChanged.connect((_, cell) => this.read(cell));
    this.follow(tracker.currentWidget);
  }

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get notebook(): Notebook | null {
    const panel = this.tracker.currentWidget;
    if (panel === null) {
      return null;
    }
    const cell = panel.content.activeCell;
    const code = cell?.model.type === 'code' ? cell.model : null;
    return {
      path: panel.context.path,
      kernelId: panel.sessionContext.session?.kernel?.id ?? null,
      language: this.language,
      cellId: code?.id ?? null,
      source: code?.sharedModel.getSource() ?? null
    };
  }

  /** The notebook as it stands in the editor; null where there is none, or it is not Python's. */
  get edited(): Edited | null {
    const panel = this.tracker.currentWidget;
    const model = panel?.content.model;
    if (!panel || !model || !['', 'python'].includes(this.language)) {
      return null;
    }
    return {
      path: panel.context.path,
      cells: [...model.cells].map(cell => ({
        cell_type: cell.type,
        ...(cell.type === 'code' && codeOf(cell as ICodeCellModel))
      }))
    };
  }

  /** Says so when the notebook in front has been saved. */
  get saved(): ISignal<this, void> {
    return this.savedSignal;
  }

  /** Says so, a moment later, when the selected cell is edited. */
  private read(cell: Cell | null): void {
    this.cell?.contentChanged.disconnect(this.typed, this);
    this.cell = cell?.model ?? null;
    this.cell?.contentChanged.connect(this.typed, this);
    this.signal.emit();
  }

  private typed(): void {
    this.debouncer.invoke().catch(() => undefined);
  }

  private follow(panel: NotebookPanel | null): void {
    this.language = '';
    if (panel !== null) {
      const { sessionContext, context } = panel;
      const again = (): void => {
        if (this.tracker.currentWidget === panel) {
          this.ask(panel);
          this.signal.emit();
        }
      };
      // Each panel is connected once: Lumino ignores what is connected already only for the same function, so the old goes first.
      Signal.disconnectBetween(sessionContext, this);
      sessionContext.kernelChanged.connect(again, this);
      Signal.disconnectBetween(context, this);
      context.pathChanged.connect(again, this);
      context.saveState.connect((_, state) => {
        if (state === 'completed' && this.tracker.currentWidget === panel) {
          this.savedSignal.emit();
        }
      }, this);
      this.ask(panel);
    }
    this.signal.emit();
  }

  private ask(panel: NotebookPanel): void {
    const { session } = panel.sessionContext;
    this.connection = session;
    void session?.kernel?.info.then(info => {
      if (
        this.connection === session &&
        this.language !== info.language_info.name
      ) {
        this.language = info.language_info.name;
        this.signal.emit();
      }
    });
  }
}

/** What `check` wants to know of a code cell: of its outputs only whether there are any, and errors. */
function codeOf(cell: ICodeCellModel): object {
  const { outputs } = cell;
  const shown: object[] = [];
  for (let index = 0; index < outputs.length; index++) {
    const output = outputs.get(index);
    if (output.type === 'error') {
      const { ename, evalue } = output.toJSON();
      shown.push({ output_type: 'error', ename, evalue });
    } else if (shown.length === 0) {
      shown.push({ output_type: output.type });
    }
  }
  return {
    id: cell.id,
    source: cell.sharedModel.getSource(),
    execution_count: cell.executionCount,
    metadata: { tags: cell.getMetadata('tags') ?? [] },
    outputs: shown
  };
}

/** The open notebook at `path`, else undefined. */
export function findNotebook(
  tracker: INotebookTracker,
  path: string
): NotebookPanel | undefined {
  return tracker.find(panel => plain(panel.context.path) === plain(path));
}

/** Scrolls to the cell and selects it; false where the notebook does not hold it (any more). */
export async function goToCell(
  panel: NotebookPanel,
  cellId: string
): Promise<boolean> {
  await panel.context.ready;
  await panel.revealed;
  const notebook = panel.content;
  const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
  const cell = notebook.widgets[index];
  if (cell === undefined) {
    return false;
  }
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  await notebook.scrollToCell(cell, 'center');
  return true;
}

/** Puts the code into a new cell below the active one and selects it: one step to undo, nothing executed. */
export async function insertBelow(
  panel: NotebookPanel,
  source: string
): Promise<void> {
  await panel.context.ready;
  const notebook = panel.content;
  const { model } = notebook;
  if (model === null || model.readOnly) {
    throw new Error('The notebook cannot be edited.');
  }
  const index = notebook.activeCell === null ? 0 : notebook.activeCellIndex + 1;
  model.sharedModel.insertCell(index, {
    cell_type: 'code',
    source,
    metadata: {}
  });
  notebook.deselectAll();
  notebook.activeCellIndex = index;
  const cell = notebook.widgets[index];
  if (cell !== undefined) {
    await notebook.scrollToCell(cell, 'center');
  }
}

/** A path without the drive of a collaborative view ('RTC:…'). */
function plain(path: string): string {
  return path.replace(/^[^/:]+:/, '');
}
