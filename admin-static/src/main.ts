import { mount } from "svelte";

import "./app.css";
import App from "./App.svelte";
import { session } from "./lib/session.svelte";
import { theme } from "./lib/theme.svelte";

theme.apply();
void session.begin();
mount(App, { target: document.getElementById("app") ?? document.body });
