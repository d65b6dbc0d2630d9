//! Whether a host with a valid key may come in, and what of its address has to be remembered: pure rules.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;

use super::gate::Door;
use super::{Host, Identity, window};
use crate::networks::{Networks, site};

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Where it comes from.
    pub address: IpAddr,
    /// When.
    pub now: DateTime<Utc>,
    /// What it wants.
    pub door: Door,
    /// Leaving from wherever it is (`?force=1`).
    pub force: bool,
}

/// A host comes in; what has to be written first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Pass,
    /// Nothing: it is the runner, who calls for every host.
    Runner,
    /// It has no address of this family yet.
    Bind,
    /// It may change its address; the audit's word for why.
    Rebind(&'static str),
    /// Its new key becomes its key, and its address the one it calls from.
    Activate,
}

/// A host stays out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is gone, whatever its key.
    Gone,
    /// The kill switch is on.
    Disabled,
    /// An operator suspended it.
    Suspended,
    /// It calls from elsewhere.
    Address { expected: Option<String>, received: String },
    /// It is insecure and its window is closed.
    Window { until: Option<DateTime<Utc>> },
}

/// Decides about one call.
pub fn admit(who: &Identity, call: Call, runner: &Networks) -> Result<Step, Refusal> {
    let host = &who.host;
    if host.archived_at.is_some() || host.expires_at.is_some_and(|at| at < call.now) {
        return Err(Refusal::Gone);
    }
    if who.fleet.api_disabled {
        return Err(Refusal::Disabled);
    }
    if host.status != "active" {
        return Err(Refusal::Suspended);
    }
    let step = address(host, who.key_state == "pending", call, runner)?;
    // Who leaves gets nothing: a closed window does not keep it.
    if call.door != Door::Leave && !window::is_open(host, call.now) {
        return Err(Refusal::Window { until: host.insecure_enabled_until });
    }
    Ok(step)
}

fn address(host: &Host, new_key: bool, call: Call, runner: &Networks) -> Result<Step, Refusal> {
    let place = Place::of(call.address);
    if place.bound(host) == Some(&place.text) && !(new_key && call.door == Door::Settle) {
        return Ok(Step::Pass);
    }
    if runner.contains(call.address) {
        return Ok(Step::Runner);
    }
    let mismatch = || Refusal::Address {
        expected: place.bound(host).cloned().or_else(|| host.bound_ipv4.clone()),
        received: call.address.to_string(),
    };
    if place.is_v6 && host.force_ipv4 {
        return Err(mismatch());
    }
    match place.bound(host) {
        _ if new_key && call.door == Door::Settle => Ok(Step::Activate),
        None => Ok(Step::Bind),
        // An operator made this key for wherever the host is now; using it settles where that is.
        Some(_) if new_key => Ok(Step::Pass),
        Some(_) if host.allow_roaming_ips => Ok(Step::Rebind("auth.roaming_ip")),
        Some(_) if call.force && call.door == Door::Leave => Ok(Step::Rebind("auth.force_ip_override")),
        Some(_) => Err(mismatch()),
    }
}

/// Where a host is bound to: one IPv4 address and one IPv6 /64, so that a machine that has both keeps both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the two.
    pub is_v6: bool,
    /// As stored: an address, or a /64.
    pub text: String,
}

impl Place {
    /// Of a caller.
    pub fn of(address: IpAddr) -> Self {
        match site(address) {
            IpNet::V4(net) => Self { is_v6: false, text: net.addr().to_string() },
            IpNet::V6(net) => Self { is_v6: true, text: net.to_string() },
        }
    }

    /// What the host is bound to in this family.
    pub const fn bound<'a>(&self, host: &'a Host) -> Option<&'a String> {
        if self.is_v6 { host.bound_ipv6.as_ref() } else { host.bound_ipv4.as_ref() }
    }

    /// Binds the host to it, in memory.
    pub fn bind(&self, host: &mut Host) {
        let slot = if self.is_v6 { &mut host.bound_ipv6 } else { &mut host.bound_ipv4 };
        *slot = Some(self.text.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::tests::{at, host, identity};

    const V4: &str = "192.0.2.1";
    const OTHER_V4: &str = "192.0.2.2";
    const V6: &str = "2001:db8:0:1::9";
    const RUNNER: &str = "10.0.0.5";

    fn bound() -> Host {
        Host { bound_ipv4: Some(V4.into()), bound_ipv6: Some("2001:db8:0:1::/64".into()), ..host() }
    }

    fn call(address: &str, door: Door) -> Call {
        Call { address: address.parse().unwrap(), now: at(0), door, force: false }
    }

    fn decide(host: Host, state: &str, call: Call) -> Result<Step, Refusal> {
        admit(&identity(host, state), call, &Networks::parse("10.0.0.0/24").unwrap())
    }

    fn mismatch(expected: Option<&str>, received: &str) -> Result<Step, Refusal> {
        Err(Refusal::Address { expected: expected.map(str::to_owned), received: received.to_owned() })
    }

    #[test]
    fn addresses_are_decided_completely() {
        use Door::{Leave, Settle, Visit};
        let roaming = Host { allow_roaming_ips: true, ..bound() };
        let v4_only = Host { force_ipv4: true, bound_ipv6: None, ..bound() };
        let forced = Call { force: true, ..call(OTHER_V4, Leave) };
        let table = [
            ("first contact", host(), "active", call(V4, Visit), Ok(Step::Bind)),
            ("first contact by IPv6", host(), "active", call(V6, Settle), Ok(Step::Bind)),
            ("the other family of a dual-stack machine", Host { bound_ipv6: None, ..bound() }, "active", call(V6, Settle), Ok(Step::Bind)),
            ("the same address", bound(), "active", call(V4, Settle), Ok(Step::Pass)),
            ("the same address, mapped", bound(), "active", call("::ffff:192.0.2.1", Settle), Ok(Step::Pass)),
            ("another address of the /64", bound(), "active", call("2001:db8:0:1:2:3:4:5", Settle), Ok(Step::Pass)),
            ("another /64", bound(), "active", call("2001:db8:0:2::9", Settle), mismatch(Some("2001:db8:0:1::/64"), "2001:db8:0:2::9")),
            ("another address", bound(), "active", call(OTHER_V4, Settle), mismatch(Some(V4), OTHER_V4)),
            ("force means leaving only", bound(), "active", Call { force: true, ..call(OTHER_V4, Settle) }, mismatch(Some(V4), OTHER_V4)),
            ("leaving without force", bound(), "active", call(OTHER_V4, Leave), mismatch(Some(V4), OTHER_V4)),
            ("leaving with force", bound(), "active", forced, Ok(Step::Rebind("auth.force_ip_override"))),
            ("roaming", roaming, "active", call(OTHER_V4, Visit), Ok(Step::Rebind("auth.roaming_ip"))),
            ("IPv4 only, by IPv6", v4_only, "active", call(V6, Settle), mismatch(Some(V4), V6)),
            ("the runner", bound(), "active", call(RUNNER, Settle), Ok(Step::Runner)),
            ("the runner binds nothing", host(), "active", call(RUNNER, Settle), Ok(Step::Runner)),
            ("a new key fetches cdx from anywhere", bound(), "pending", call(OTHER_V4, Visit), Ok(Step::Pass)),
            ("a new key is settled where it is used", bound(), "pending", call(OTHER_V4, Settle), Ok(Step::Activate)),
            ("a new key at the old address", bound(), "pending", call(V4, Settle), Ok(Step::Activate)),
        ];
        for (what, host, state, call, expected) in table {
            assert_eq!(decide(host, state, call), expected, "{what}");
        }
    }

    #[test]
    fn refusals_come_in_their_order() {
        let suspended = Host { status: "suspended".into(), ..bound() };
        let closed = Host { secure: false, ..bound() };
        let open = Host { insecure_enabled_until: Some(at(1)), ..closed.clone() };
        for (what, host, call, expected) in [
            ("suspended", suspended.clone(), call(OTHER_V4, Door::Visit), Err(Refusal::Suspended)),
            ("archived", Host { archived_at: Some(at(-1)), ..suspended.clone() }, call(V4, Door::Visit), Err(Refusal::Gone)),
            ("expired", Host { expires_at: Some(at(-1)), ..bound() }, call(V4, Door::Visit), Err(Refusal::Gone)),
            ("not expired yet", Host { expires_at: Some(at(0)), ..bound() }, call(V4, Door::Visit), Ok(Step::Pass)),
            ("closed window", closed.clone(), call(V4, Door::Visit), Err(Refusal::Window { until: None })),
            ("closed window, elsewhere", closed.clone(), call(OTHER_V4, Door::Visit), mismatch(Some(V4), OTHER_V4)),
            ("closed window, leaving", closed, call(V4, Door::Leave), Ok(Step::Pass)),
            ("open window", open, call(V4, Door::Visit), Ok(Step::Pass)),
        ] {
            assert_eq!(decide(host, "active", call), expected, "{what}");
        }
        let mut off = identity(suspended, "active");
        off.fleet.api_disabled = true;
        assert_eq!(admit(&off, call(V4, Door::Visit), &Networks::default()), Err(Refusal::Disabled));
    }
}
