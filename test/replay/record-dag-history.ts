/** Owns recording the histories of DAGs to replay. Run: `npm run record-dag-history`. */
import { recordHandovers } from './record-handovers.js';
import { recordLives } from './record-lives.js';

await recordLives();
await recordHandovers();
