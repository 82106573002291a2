// The application with oidc-client-ts, on all of its pages: it is configured with what the test has
// put into localStorage. What it comes to is in `came`, and what it is told on the way in `events`.
const settings = JSON.parse(localStorage.getItem("settings") ?? "{}")
if (settings.dpop) {
  settings.dpop = { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() }
}
// What a sign-out ends with is in the query, whatever the mode of the sign-in.
if (location.pathname === "/out") settings.response_mode = "query"
const events = []
const manager = new oidc.UserManager({
  authority: "http://127.0.0.1",
  client_id: "app",
  redirect_uri: `${location.origin}/back`,
  post_logout_redirect_uri: `${location.origin}/out`,
  popup_post_logout_redirect_uri: `${location.origin}/out`,
  scope: "openid profile email offline_access",
  userStore: new oidc.WebStorageStateStore({ store: localStorage }),
  automaticSilentRenew: false,
  silentRequestTimeoutInSeconds: 60,
  ...settings,
})
manager.events.addUserLoaded((user) => events.push(["loaded", user.profile.sub]))
manager.events.addUserSignedOut(() => events.push(["signed out"]))
manager.events.addUserSessionChanged(() => events.push(["session changed"]))
manager.events.addSilentRenewError((error) => events.push(["not renewed", told(error)]))

// A window or frame of ours closes after this, and the page that has opened it goes on.
const came =
  location.pathname === "/back" ? manager.signinCallback()
  : location.pathname === "/out" ? manager.signoutCallback()
  : manager.getUser()

/** An error as what the application can tell of it. */
const told = (error) => error.error ?? String(error)
const refusal = (promise) => promise.then(() => "it was let in", told)
/** The refresh token is lost: what is left is the session at the provider. */
const forgetRefreshToken = async () => {
  const user = await manager.getUser()
  delete user.refresh_token
  await manager.storeUser(user)
}
const call = async (url, token) => {
  const headers = { Authorization: `Bearer ${token}` }
  return (await fetch(url, { headers })).status
}
