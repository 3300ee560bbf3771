// Where the console begins.

import { render } from 'preact';

import './style/base.css';
import './style/parts.css';
import './style/shell.css';
import './style/gallery.css';
import './style/image.css';
import './style/upload.css';
import './style/datasets.css';
import './style/status.css';
import { resume } from './session/session';
import { App } from './shell/app';

const place = document.getElementById('console');
if (place) {
  render(<App />, place);
  void resume();
}
