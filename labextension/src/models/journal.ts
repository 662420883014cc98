/** Everything the panel knows, in one place that outlives its view. */
import type { Client } from '../client';
import { ChangesModel } from './changes';
import { ChecksModel } from './checks';
import { EntryModel } from './entry';
import { KernelsModel } from './kernels';
import { JobsModel } from './jobs';
import { Live } from './live';
import { Model } from './model';
import { RecipeModel } from './recipe';
import { ResultsModel } from './results';
import { SearchModel } from './search';
import { StatusModel } from './status';
import { TimelineModel } from './timeline';
import type { Cell } from './versions';
import { VersionsModel } from './versions';

/** The notebook's timeline, that of all notebooks, the versions of the selected cell, or the table of results. */
export type Tab = 'notebook' | 'all' | 'cell' | 'results';

/** What the panel knows of the notebook in front: its server path, its kernel, its selected code cell. */
export interface Notebook {
  path: string;
  kernelId: string | null;
  /** Language of the kernel, '' while that is not known. */
  language: string;
  cellId: string | null;
  /** What the selected cell says now. */
  source: string | null;
}

export interface PanelSettings {
  codeLines: number;
  thumbnails: boolean;
}

export class JournalModel extends Model {
  readonly status: StatusModel;
  readonly timeline: TimelineModel;
  readonly entry: EntryModel;
  readonly changes: ChangesModel;
  readonly versions: VersionsModel;
  readonly search: SearchModel;
  readonly jobs: JobsModel;
  readonly kernels: KernelsModel;
  readonly results: ResultsModel;
  readonly recipe: RecipeModel;
  readonly checks: ChecksModel;
  readonly live: Live;
  private chosenTab: Tab = 'notebook';
  private front: Notebook | null = null;
  /** A cell whose versions were asked for; it gives way as soon as another one is selected. */
  private pinned: Cell | null = null;
  private chosenSettings: PanelSettings = { codeLines: 2, thumbnails: true };

  constructor(readonly client: Client) {
    super();
    this.status = new StatusModel(client);
    this.timeline = new TimelineModel(client);
    this.entry = new EntryModel(client);
    this.changes = new ChangesModel(client);
    this.versions = new VersionsModel(client);
    this.search = new SearchModel(client);
    this.jobs = new JobsModel(client);
    this.kernels = new KernelsModel(client);
    this.results = new ResultsModel(client);
    this.recipe = new RecipeModel(client);
    this.checks = new ChecksModel(client);
    this.live = new Live(this);
  }

  get tab(): Tab {
    return this.chosenTab;
  }

  show(tab: Tab): void {
    this.entry.close();
    this.changes.close();
    this.search.ask('');
    if (tab !== this.chosenTab) {
      this.chosenTab = tab;
      this.follow();
      this.tell();
    }
  }

  get settings(): PanelSettings {
    return this.chosenSettings;
  }

  set settings(settings: PanelSettings) {
    this.chosenSettings = settings;
    this.tell();
  }

  get notebook(): Notebook | null {
    return this.front;
  }

  set notebook(notebook: Notebook | null) {
    if (notebook?.path !== this.front?.path && this.live.visible) {
      this.checks.touched();
    }
    if (
      notebook?.path !== this.front?.path ||
      notebook?.cellId !== this.front?.cellId
    ) {
      this.pinned = null;
    }
    this.front = notebook;
    this.results.front = notebook?.path ?? null;
    this.follow();
    this.tell();
  }

  /** The versions of a cell that need not be the selected one, nor in the notebook in front. */
  showVersions(cell: Cell): void {
    this.entry.close();
    this.changes.close();
    this.search.ask('');
    this.chosenTab = 'cell';
    this.pinned = cell;
    this.follow();
    this.tell();
  }

  /** The timeline, with everything on which `address` depends lit up. */
  async showRecipe(address: string): Promise<void> {
    this.entry.close();
    this.changes.close();
    this.search.ask('');
    await this.recipe.open(address);
    const { recipe } = this.recipe;
    if (recipe.state !== 'ready' || this.recipe.address !== address) {
      // Why there is none is said above the timeline.
      this.chosenTab = this.chosenTab === 'all' ? 'all' : 'notebook';
    } else {
      const { run, server_path } = recipe.answer;
      const inFront = server_path !== null && server_path === this.front?.path;
      this.chosenTab = inFront && this.chosenTab !== 'all' ? 'notebook' : 'all';
      this.follow();
      this.tell();
      await this.timeline.reveal(run);
      return;
    }
    this.follow();
    this.tell();
  }

  /** Everything that is shown is asked for again. */
  async refreshAll(): Promise<void> {
    this.follow();
    this.checks.touched();
    await Promise.all([
      this.status.refresh(),
      this.jobs.remember(),
      this.timeline.refreshAll(),
      this.entry.refresh(),
      this.versions.refresh(),
      this.results.refresh()
    ]);
  }

  private follow(): void {
    if (!this.live.visible) {
      return;
    }
    const front = this.front;
    if (this.chosenTab === 'all') {
      void this.timeline.show('all');
    } else if (this.chosenTab === 'notebook') {
      void this.timeline.show(front === null ? null : { notebook: front.path });
    } else if (this.chosenTab === 'cell') {
      const chosen =
        front === null || front.cellId === null
          ? null
          : { notebook: front.path, cellId: front.cellId };
      void this.versions.show(this.pinned ?? chosen);
    }
  }
}
