/** How the client reaches this application's own server. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { Send } from './client';

export function connection(settings: ServerConnection.ISettings): Send {
  const top = URLExt.join(settings.baseUrl, 'labjournal', 'api');
  return (path, init) =>
    ServerConnection.makeRequest(`${top}/${path}`, init, settings);
}
