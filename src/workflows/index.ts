export { deployment } from './deployment';
export { rescale } from './rescale';
