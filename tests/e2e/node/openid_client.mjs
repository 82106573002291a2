// What applications do with openid-client; the test compares what each scenario gives back.
import * as oidc from "openid-client"
import { exportJWK, generateKeyPair } from "jose"
import { ask, play } from "./conversation.mjs"

const REDIRECT_URI = "https://app.example/cb"
const P256 = { name: "ECDSA", namedCurve: "P-256" }
const plainHttp = { execute: [oidc.allowInsecureRequests] }

const key = async (jwk) => ({
  key: await crypto.subtle.importKey("jwk", jwk, P256, false, ["sign"]),
  kid: jwk.kid,
})

/** How the client proves who it is. */
async function proof({ method, secret, jwk }) {
  switch (method) {
    case "client_secret_basic": return oidc.ClientSecretBasic(secret)
    case "client_secret_post": return oidc.ClientSecretPost(secret)
    case "client_secret_jwt": return oidc.ClientSecretJwt(secret)
    case "private_key_jwt": return oidc.PrivateKeyJwt(await key(jwk))
    case "none": return oidc.None()
  }
  throw new Error(`no such method: ${method}`)
}

async function discover({ issuer, clientId, metadata, ...given }, algorithm = "oidc") {
  const options = { ...plainHttp, algorithm }
  return oidc.discovery(new URL(issuer), clientId, metadata, await proof(given), options)
}

/** What each code request has, and what the application keeps of it. */
async function request(config, more = {}) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const expectedState = oidc.randomState()
  const expectedNonce = oidc.randomNonce()
  const parameters = {
    redirect_uri: REDIRECT_URI,
    scope: "openid profile email offline_access",
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  }
  const expected = { pkceCodeVerifier, expectedState, expectedNonce }
  return { parameters, checks: { ...expected, idTokenExpected: true } }
}

/** Names of the parameters of each request that a browser was sent with. */
const sent = []

/** The browser comes back with this. */
async function answer(url) {
  sent.push([...url.searchParams.keys()])
  const back = await ask("login", url.href)
  if (back.method === "GET") return new URL(back.url)
  return new Request(back.url, { method: "POST", body: new URLSearchParams(back.data) })
}

async function signIn(config, { more, pushed, jar, DPoP, ...checks } = {}) {
  const made = await request(config, more)
  const bound = DPoP && { DPoP }
  let url = jar ? await oidc.buildAuthorizationUrlWithJAR(config, made.parameters, jar) : null
  if (pushed) {
    const pushing = url?.searchParams ?? made.parameters
    url = await oidc.buildAuthorizationUrlWithPAR(config, pushing, bound)
  }
  url ??= oidc.buildAuthorizationUrl(config, made.parameters)
  const all = { ...made.checks, ...checks }
  return oidc.authorizationCodeGrant(config, await answer(url), all, undefined, bound)
}

/** The error code with which the provider refuses; what is let in fails the scenario. */
async function refusal(promise) {
  try {
    await promise
  } catch (error) {
    return error.error ?? error.cause?.[0]?.parameters?.error ?? (await error.response.json()).error
  }
  throw new Error("it was let in")
}

const register = (issuer, wanted, way) =>
  oidc.dynamicClientRegistration(new URL(issuer), wanted, way, plainHttp)

const userinfo = (config, tokens, options) =>
  oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, options)

const call = async (config, tokens, DPoP) => {
  const url = new URL(`${config.serverMetadata().issuer}/api/orders`)
  const options = DPoP && { DPoP }
  const about = [url, "POST", "{}", undefined, options]
  return (await oidc.fetchProtectedResource(config, tokens.access_token, ...about)).status
}

await play({
  async discovery(given) {
    const config = await discover(given, given.algorithm)
    const metadata = config.serverMetadata()
    const pkce = metadata.supportsPKCE()
    return { issuer: metadata.issuer, pkce, token: metadata.token_endpoint }
  },

  /** From the sign-in to the sign-out, and that what was revoked is of no use. */
  async life(given) {
    const config = await discover(given)
    const tokens = await signIn(config)
    const { email } = await userinfo(config, tokens)
    const called = await call(config, tokens)
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token)
    const active = []
    const look = async (token) => {
      if (given.method === "none") return
      active.push((await oidc.tokenIntrospection(config, token)).active)
    }
    await look(fresh.access_token)
    await look(fresh.refresh_token)
    await oidc.tokenRevocation(config, fresh.refresh_token)
    await look(fresh.refresh_token)
    const revoked = await refusal(oidc.refreshTokenGrant(config, fresh.refresh_token))
    const leave = oidc.buildEndSessionUrl(config, {
      post_logout_redirect_uri: "https://app.example/out",
      id_token_hint: fresh.id_token,
      state: "bye",
    })
    const left = await ask("logout", leave.href)
    const rotated = fresh.refresh_token !== tokens.refresh_token
    return { email, called, rotated, active, revoked, left }
  },

  async clientCredentials(given) {
    const config = await discover(given)
    const tokens = await oidc.clientCredentialsGrant(config, { scope: "read" })
    return { scope: tokens.scope, type: tokens.token_type, called: await call(config, tokens) }
  },

  async code({ pushed, more, maxAge, jar, ...given }) {
    const options = { pushed, more, ...(maxAge && { maxAge }), ...(jar && { jar: await key(jar) }) }
    const config = await discover(given)
    const tokens = await signIn(config, options)
    const info = await userinfo(config, tokens)
    return { claims: tokens.claims(), info, token: tokens.access_token, sent: sent[0] }
  },

  /** The keys change while the application keeps those it knows, over a restart. */
  async rotation(given) {
    const before = await discover(given)
    oidc.enableNonRepudiationChecks(before)
    await userinfo(before, await signIn(before))
    const { jwks, uat } = oidc.getJwksCache(before)
    await ask("rotate", null)
    const config = await discover(given)
    oidc.enableNonRepudiationChecks(config)
    // An unknown kid makes it ask anew when what it has is older than a minute.
    oidc.setJwksCache(config, { jwks, uat: uat - 60 })
    return (await userinfo(config, await signIn(config))).email
  },

  async refusedCode({ more, ...given }) {
    return refusal(signIn(await discover(given), { more }))
  },

  async refusedClientCredentials(given) {
    return refusal(oidc.clientCredentialsGrant(await discover(given)))
  },

  async hybrid(given) {
    const config = await discover(given)
    oidc.useCodeIdTokenResponseType(config)
    const tokens = await signIn(config, { more: given.more })
    return tokens.claims().sub
  },

  async implicit(given) {
    const config = await discover(given)
    oidc.useIdTokenResponseType(config)
    const state = oidc.randomState()
    const nonce = oidc.randomNonce()
    const asked = { redirect_uri: REDIRECT_URI, scope: "openid", state, nonce, ...given.more }
    const back = await answer(oidc.buildAuthorizationUrl(config, asked))
    return (await oidc.implicitAuthentication(config, back, nonce, { expectedState: state })).sub
  },

  /** A key of the client's own binds code, tokens and calls. */
  async dpop({ alg, pushed, ...given }) {
    const config = await discover(given)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(alg))
    const other = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair("ES256"))
    const tokens = await signIn(config, { DPoP, pushed })
    const { email } = await userinfo(config, tokens, { DPoP })
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
    const refresh = (proof) =>
      oidc.refreshTokenGrant(config, fresh.refresh_token, undefined, { DPoP: proof })
    return {
      email,
      type: fresh.token_type,
      called: await call(config, fresh, DPoP),
      asBearer: await refusal(call(config, fresh)),
      otherKey: await refusal(call(config, fresh, other)),
      otherKeyAtToken: given.method === "none" && (await refusal(refresh(other))),
    }
  },

  async device(given) {
    const config = await discover(given)
    const scope = "openid offline_access"
    const asked = await oidc.initiateDeviceAuthorization(config, { scope })
    await ask("device", asked.verification_uri_complete)
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...asked, interval: 0.01 })
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token)
    return { sub: tokens.claims().sub, fresh: fresh.token_type }
  },

  /** Registers itself, and signs somebody in. */
  async registration({ issuer, method }) {
    const ways = {
      client_secret_basic: oidc.ClientSecretBasic,
      client_secret_post: oidc.ClientSecretPost,
      client_secret_jwt: oidc.ClientSecretJwt,
      none: oidc.None,
    }
    const wanted = {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: method,
      grant_types: ["authorization_code", "refresh_token"],
    }
    const config = await register(issuer, wanted, ways[method]())
    const tokens = await signIn(config)
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token)
    return { client: config.clientMetadata(), sub: tokens.claims().sub, scope: fresh.scope }
  },

  /** Registers with a key of an algorithm, and proves that it has it. */
  async registeredKey({ issuer, alg, namesAlg }) {
    const { publicKey, privateKey } = await generateKeyPair(alg)
    const known = await exportJWK(publicKey)
    const jwk = { ...known, kid: "k", use: "sig", ...(namesAlg ? { alg } : {}) }
    const wanted = {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: alg,
      grant_types: ["client_credentials"],
      response_types: [],
      jwks: { keys: [jwk] },
    }
    const way = oidc.PrivateKeyJwt({ key: privateKey, kid: "k" })
    const config = await register(issuer, wanted, way)
    return (await oidc.clientCredentialsGrant(config)).token_type
  },
})
