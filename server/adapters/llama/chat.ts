/** Turns a chat into the tokens that one model wants to see. The way is chosen once, when the model is loaded. */
import {
  ChatMLChatWrapper,
  resolveChatWrapper,
  type ChatHistoryItem,
  type ChatWrapper,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { ChatMessage } from '#protocol/facts.ts';

export type ChatForm = (messages: readonly ChatMessage[]) => Token[];

export function chatForm(model: LlamaModel): ChatForm {
  const wrapper = wrapperFor(model);
  return (messages) => {
    const { contextText } = wrapper.generateContextState({ chatHistory: messages.map(historyItem) });
    return withoutUnwantedBos(model, contextText.tokenize(model.tokenizer));
  };
}

/** Looking for the fitting wrapper blocks for 0.3 s; the embedded default is known without. */
function wrapperFor(model: LlamaModel): ChatWrapper {
  const { general, tokenizer } = model.fileInfo.metadata;
  const architecture: string = general.architecture;
  const template = tokenizer.chat_template ?? '';
  if (architecture === 'llama' && template.includes('<|im_start|>')) return new ChatMLChatWrapper();
  return resolveChatWrapper(model, { warningLogs: false });
}

/** The wrappers always begin with the token of beginning; models that are not to see it would see it twice. */
function withoutUnwantedBos({ tokens: special }: LlamaModel, tokens: Token[]): Token[] {
  return !special.shouldPrependBosToken && tokens[0] === special.bos ? tokens.slice(1) : tokens;
}

function historyItem({ role, content }: ChatMessage): ChatHistoryItem {
  switch (role) {
    case 'system':
      return { type: 'system', text: content };
    case 'user':
      return { type: 'user', text: content };
    case 'assistant':
      return { type: 'model', response: [content] };
  }
}
