export { rescale } from './rescale';
