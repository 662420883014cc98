/** JupyterLab wiring: the plugins that this extension brings. */
import { commandsPlugin } from './plugins/commands';
import { journalPlugin } from './plugins/journal';
import { lineagePlugin } from './plugins/lineage';
import { notebookPlugin } from './plugins/notebook';
import { panelPlugin } from './plugins/panel';
import { resultsPlugin } from './plugins/results';

export default [
  journalPlugin,
  notebookPlugin,
  commandsPlugin,
  panelPlugin,
  lineagePlugin,
  resultsPlugin
];
