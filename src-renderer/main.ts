import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { makeI18n } from './i18n.ts';
import { makeRouter } from './router.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';

createApp(App).use(createPinia()).use(makeI18n('en')).use(makeRouter()).mount('#app');
