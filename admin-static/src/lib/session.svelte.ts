// Who is signed in and what they may do. The server decides; this only keeps people from trying in vain.
import { api, ask, whenSignedOut, type Problem, toProblem } from "../api/client";
import type { Schemas } from "../api/client";
import { signInToken } from "./address";
import { gate, refreshAll } from "./live.svelte";

export type Role = Schemas["Role"];
const RANK: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 };

class Session {
  who = $state.raw<Schemas["SignedIn"]>();
  /** Whether the server has answered yet. */
  asked = $state(false);
  problem = $state.raw<Problem>();
  /** The session has ended while somebody was at work: the page stays as it is until they sign in again. */
  ended = $state(false);

  can(role: Role): boolean {
    return this.who !== undefined && RANK[this.who.role] >= RANK[role];
  }

  /** Uses the token of a sign-in link, if the address has one, and asks who this is. */
  async begin() {
    const token = signInToken(location.hash);
    if (token) {
      // It goes away before anything else can read it, and never into the history.
      history.replaceState(null, "", location.pathname);
      await this.signIn(token);
    } else {
      await this.look();
    }
    this.asked = true;
  }

  async look() {
    try {
      this.who = await ask(api.GET("/admin/session"));
      this.problem = undefined;
    } catch (cause) {
      const problem = toProblem(cause);
      this.who = undefined;
      this.problem = problem.code === "sign_in_required" ? undefined : problem;
    }
  }

  async signIn(token: string) {
    try {
      this.who = await ask(api.POST("/admin/session", { body: { token } }));
      this.problem = undefined;
      gate.open = true;
      if (this.ended) void refreshAll();
      this.ended = false;
    } catch (cause) {
      this.problem = toProblem(cause);
    }
  }

  async signOut() {
    await ask(api.DELETE("/admin/session"));
    this.who = undefined;
  }
}

export const session = new Session();
whenSignedOut(() => {
  gate.open = session.who === undefined;
  session.ended = session.who !== undefined;
});
