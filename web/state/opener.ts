/** Opens a task's dialogue and brings it into view, wherever morphs stand now. Given by whoever draws them. */
import { createContext } from 'svelte';

export const [getOpener, setOpener] = createContext<(taskId: string) => void>();
