/** The shapes of the server's answers: those of the command line's `--json`, as docs/answers describes them. */

/** A JSON number; what JSON cannot say comes as a word. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';

export type Status = 'running' | 'ok' | 'failed' | 'interrupted' | 'abandoned';

export interface StatusAnswer {
  journal: string;
  schema_version: number | null;
  runs: number;
  executions: number;
  bytes: number;
  kept?: number;
  kept_bytes?: number;
  recording: boolean;
  paused?: boolean;
  layers?: LayersPart | null;
  problems: string[];
}

/** What saw files in a run. */
export interface LayersPart {
  run: string;
  audit: boolean;
  events: string;
  folders: number;
  native: string[];
  reasons: string[];
}

export interface RunPart {
  run: string;
  name: string | null;
  notebook: string | null;
  /** The notebook's path on the server, null where it lies outside the folder that is served. */
  server_path?: string | null;
  kernel: string;
  kernel_id?: string | null;
  client: string;
  python: string;
  started: string;
  ended: string | null;
  duration_s: number | null;
  status: string;
  executions: number;
  failed: number;
  metrics: Record<string, Num>;
  tags: string[];
  replay_of: string | null;
}

export interface LogAnswer {
  runs: RunPart[];
}

export interface NotePart {
  n: number;
  text: string;
  at: string;
}

export interface FilePart {
  path: string;
  sha256: string | null;
  bytes: number | null;
  given?: string;
  /** at-read | verified | provisional | unknown. */
  hash_state?: string;
  /** Why the digest is not known. */
  reason?: string;
  /** How the access was seen: audit native fanotify inotify snapshot child handle, several separated by spaces. */
  layer?: string;
  /** certain | named | unattributed. */
  confidence?: string;
  package?: string;
  kept?: boolean;
  deleted?: boolean;
  /** The other path of a file that was renamed. */
  moved?: string;
}

/** A data frame as it was after an execution; what its profile holds is read by `profiles`. */
export interface FramePart {
  name: string;
  kind: string;
  rows: number | null;
  columns: number;
  schema: string;
  content: string;
  complete: boolean;
  profile: Record<string, JsonValue>;
}

export interface QueryPart {
  database: string;
  dialect: string;
  statement: string;
  reads: string[];
  writes: string[];
  times: number;
  rows: number | null;
}

export interface RemotePart {
  /** read | written. */
  role: string;
  url: string;
  version: string;
  modified: string;
  bytes: number | null;
  sha256: string | null;
}

/** Content that is fetched on demand. */
export interface BlobPart {
  blob: string;
  bytes: number;
  base64?: boolean;
}

export type MimeValue = JsonValue | BlobPart;

export type JsonValue =
  null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** One output as in nbformat, and how much of it is here. */
export interface OutputPart {
  output_type: string;
  position?: number;
  name?: string;
  text?: string | BlobPart;
  data?: Record<string, MimeValue>;
  metadata?: Record<string, JsonValue>;
  execution_count?: number | null;
  ename?: string;
  evalue?: string;
  traceback?: string[];
  bytes?: number;
  sha256?: string;
  truncated?: boolean;
  complete?: boolean;
}

export interface ExecutionPart {
  address: string;
  n: number;
  cell_id: string | null;
  source: string;
  status: string;
  started: string;
  ended?: string | null;
  duration_s: number | null;
  execution_count?: number | null;
  client?: string;
  error?: string;
  outputs: OutputPart[];
  outputs_count?: number;
  inputs: FilePart[];
  files: FilePart[];
  frames?: FramePart[];
  queries?: QueryPart[];
  remotes?: RemotePart[];
  /** What recording could not see, as sentences. */
  not_seen?: string[];
  metrics: Record<string, Num>;
  parameters: Record<string, JsonValue>;
  warnings: string[];
  names?: { bound: string[]; used: string[] };
  notes?: NotePart[];
  tags?: string[];
  name?: string | null;
  notebook?: string | null;
  server_path?: string | null;
}

export interface SummaryPart {
  n: number;
  cell_id: string | null;
  status: string;
  started: string;
  ended: string | null;
  duration_s: number | null;
  execution_count: number | null;
  first_lines: string;
  outputs_count: number;
  thumbnail: boolean;
  metrics: Record<string, Num>;
  warnings: string[];
  files_count: number;
  tags: string[];
  client: string;
  /** What it failed with, its beginning; absent in answers of older servers. */
  error?: string;
}

export interface SummariesAnswer {
  run: string;
  total: number;
  executions: SummaryPart[];
}

export interface VersionPart {
  address: string;
  run: string;
  n: number;
  started: string;
  status: string;
  duration_s?: number | null;
  execution_count?: number | null;
  source: string;
}

export interface VersionsAnswer {
  versions: VersionPart[];
}

export interface SnippetPart {
  text: string;
  match: boolean;
}

export interface HitPart {
  address: string;
  where: string;
  snippet: string;
  parts: SnippetPart[];
  started: string;
}

export interface SearchAnswer {
  hits: HitPart[];
}

export interface AnnotationsAnswer {
  address: string;
  notes: NotePart[];
  tags: string[];
  name: string | null;
}

export type ExportKind = 'html' | 'notebook' | 'crate';

export interface ExportAnswer {
  path: string;
  server_path?: string | null;
  kind: string;
  address: string;
  /** Whether it gave the same when it was run; absent where nobody ran it. */
  verified?: boolean;
  proof?: ProofPart;
  /** Files that were laid beside it. */
  beside?: string[];
  /** What runs it in its folder. */
  command?: string;
  /** What could not be taken along, and why, as sentences. */
  remarks?: string[];
}

/** What running an export came to. */
export interface ProofPart {
  date: string;
  compared: string[];
  executions: number[];
  attempts: number;
  seconds: number;
  added: number[];
  removed: number[];
  first_difference: string | null;
  causes: string[];
  problems: string[];
}

/** Something compared by a replay; null means that it could not be told. */
type Same = boolean | null;

/** Why a replay differs, as far as it could be established. */
export interface ReplayCause {
  /** data | environment | code | order | randomness | time | network | missing file | parameters | replay | unknown. */
  kind: string;
  sentence: string;
  /** How that was established, as a sentence. */
  established: string;
  /** certain | probable. */
  surety: string;
}

/** In which environment a replay is executed: the one that is here now, or the recorded one made again. */
export type Which = 'current' | 'recorded';

export interface EnvironmentUsed {
  /** current | recorded. */
  which: string;
  python: string;
  /** Whether it was made for this replay, and not for one before. */
  made: boolean | null;
  /** How many packages were installed in the recorded version. */
  pinned: number;
  not_pinned: { name?: string; version?: string; why?: string }[];
  /** What is another than recorded, used packages first. */
  differs: {
    name: string;
    recorded: string | null;
    here: string | null;
    used: boolean;
  }[];
}

export interface ReplayAnswer {
  reproduced: boolean;
  address: string;
  replay: string;
  executions: { n: number; status: string; same: Same }[];
  metrics: {
    name: string;
    recorded: Num | null;
    replayed: Num | null;
    same: Same;
  }[];
  files: {
    path: string;
    recorded: string | null;
    replayed: string | null;
    same: Same;
  }[];
  first_difference: {
    n: number;
    what: string;
    recorded: JsonValue;
    replayed: JsonValue;
    causes?: string[];
  } | null;
  /** Why, most probable first. */
  causes?: ReplayCause[];
  problems: string[];
  environment?: EnvironmentUsed;
}

/** Work that takes longer than a question. */
export interface JobAnswer {
  job?: string;
  kind?: string;
  address?: string;
  /** Where an export is to stand. */
  path?: string | null;
  state: 'running' | 'done' | 'failed' | 'stopped';
  progress: string;
  answer: ReplayAnswer | ExportAnswer | null;
  message?: string;
}

/** Something that is wrong with a cell of the notebook in front. */
export interface CheckProblem {
  /** Its place among all cells of the notebook, from 1. */
  cell: number;
  cell_id: string | null;
  execution_count: number | null;
  first_line: string;
  what: string;
  why: string;
}

export interface CheckAnswer {
  ok: boolean;
  notebook: string;
  cells: number;
  /** Whether the journal knows how these cells ran. */
  recorded: boolean;
  problems: CheckProblem[];
  /** Cell that has a problem: the address of the execution that is on screen. */
  latest: Record<string, string>;
}

/** One execution of a recipe. */
export interface StepPart {
  n: number;
  address: string;
  /** What brought it in, each a few words. */
  why: string[];
  /** In only because nothing rules out that it matters. */
  cautious: boolean;
}

export interface RecipeAnswer {
  address: string;
  run: string;
  server_path: string | null;
  /** How many executions the run had until then. */
  of: number;
  steps: StepPart[];
  warnings: string[];
}

/** What an address (`RUN` or `RUN/N`) names. */
export function parts(address: string): { run: string; n: number | null } {
  const [run = '', n] = address.split('/');
  return { run, n: n === undefined ? null : Number(n) };
}

export function isBlob(value: unknown): value is BlobPart {
  return (
    typeof value === 'object' &&
    value !== null &&
    'blob' in value &&
    typeof value.blob === 'string' &&
    'bytes' in value &&
    typeof value.bytes === 'number'
  );
}
