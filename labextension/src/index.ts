/** JupyterLab wiring: the plugins that this extension brings. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ReactWidget } from '@jupyterlab/apputils';
import { createElement } from 'react';

import { Empty } from '../../ui/src/Empty';

const panel: JupyterFrontEndPlugin<void> = {
  id: 'labjournal-lab:plugin',
  description: 'Shows the lab journal beside the notebook.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    const widget = ReactWidget.create(
      createElement(Empty, { text: 'Nothing recorded yet.' })
    );
    widget.id = 'labjournal-panel';
    widget.title.label = 'Journal';
    app.shell.add(widget, 'right');
  }
};

export default [panel];
