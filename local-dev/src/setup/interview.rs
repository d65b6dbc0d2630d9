//! From question to question: options first, then a person, then what is there already.

use std::path::PathBuf;

use super::answers::{Administrators, Answers, Authority, Backups, Database, Pem, Tls};
use super::args::{DatabaseKind, Demand, Home, SetupArgs, TlsMode, YesNo};
use super::ask::{Asker, Checked, Question, Stop};
use super::certificates;
use super::known::Known;
use super::layout::Layout;
use super::questions as q;
use super::{doors, rules, secrets, try_database};

/// Who is asked, and what is said already.
#[derive(Debug)]
pub struct Interview<'a> {
    pub asker: Asker,
    pub args: &'a SetupArgs,
    pub known: &'a Known,
}

impl Interview<'_> {
    /// Everything but the address of a database, which is tried.
    pub fn run(&self) -> Result<Answers, Stop> {
        let home = self.known.home;
        let data =
            self.text(&q::DATA, self.args.data_folder.as_deref(), "DATA_ROOT", usual_folder(home), |text| rules::folder(home, text))?;
        let layout = Layout::new(home, self.known.resolve(&data));
        let public_url = self.public_url()?;
        let fits = |mode: &TlsMode| doors::tls(home, &public_url, *mode);
        let mode = self.asker.choose(&q::TLS, self.args.certificates.tls, self.known.tls(), fits)?;
        let admin_url = self.admin_url(&public_url, mode)?;
        let tls = self.tls(mode, &layout, [&public_url, &admin_url])?;
        let (listen, port) = self.listener(&public_url, mode)?;
        let trusted_proxies = self.proxies(&public_url, mode)?;
        Ok(Answers {
            listen,
            port,
            trusted_proxies,
            tls,
            admins: self.administrators(mode, &layout)?,
            database: self.database(&layout)?,
            usage_days: self.days(&q::USAGE_DAYS, self.args.keeping.usage_days.as_deref(), "USAGE_RETENTION_DAYS", "400")?,
            delivery_days: self.days(&q::DELIVERY_DAYS, self.args.keeping.delivery_days.as_deref(), "USAGE_INGEST_RETENTION_DAYS", "90")?,
            inactivity_days: self.days(
                &q::INACTIVITY_DAYS,
                self.args.keeping.inactivity_days.as_deref(),
                "INACTIVITY_WINDOW_DAYS",
                "30",
            )?,
            runner: self.yes(&q::RUNNER, self.args.runner, self.known.runner())?,
            backups: self.backups(&format!("{data}/backups"))?,
            data,
            layout,
            public_url,
            admin_url,
        })
    }

    fn text(
        &self,
        question: &Question,
        given: Option<&str>,
        name: &str,
        usual: &str,
        check: impl Fn(&str) -> Checked,
    ) -> Result<String, Stop> {
        self.asker.text(question, given, &self.known.or(name, usual), check)
    }

    fn yes(&self, question: &Question, given: Option<YesNo>, default: bool) -> Result<bool, Stop> {
        self.asker.choose(question, given, YesNo::from(default), |_| Ok(())).map(|answer| answer == YesNo::Yes)
    }

    fn days(&self, question: &Question, given: Option<&str>, name: &'static str, usual: &str) -> Result<String, Stop> {
        self.text(question, given, name, usual, |text| rules::days(name, text))
    }

    fn public_url(&self) -> Result<String, Stop> {
        let usual = "http://127.0.0.1:8488";
        self.text(&q::PUBLIC_URL, self.args.public_url.as_deref(), "PUBLIC_BASE_URL", usual, |text| doors::url("PUBLIC_BASE_URL", text))
    }

    /// Beside Caddy administrators have a name of their own, so one is proposed.
    fn admin_url(&self, public: &str, mode: TlsMode) -> Result<String, Stop> {
        let home = self.known.home;
        let proposed = if home == Home::Compose && mode != TlsMode::None { doors::sibling(public) } else { public.to_owned() };
        // What was the same address stays the same address.
        let before = self.known.env.get("ADMIN_BASE_URL").filter(|url| Some(url) != self.known.env.get("PUBLIC_BASE_URL").as_ref());
        let check = |text: &str| doors::admin_url(home, mode, public, text);
        self.asker.text(&q::ADMIN_URL, self.args.admin_url.as_deref(), &before.unwrap_or(proposed), check)
    }

    fn tls(&self, mode: TlsMode, layout: &Layout, urls: [&str; 2]) -> Result<Tls, Stop> {
        match mode {
            TlsMode::None => Ok(Tls::None),
            TlsMode::Generated => Ok(Tls::Generated),
            TlsMode::Acme => {
                let given = self.args.certificates.acme_email.as_deref();
                Ok(Tls::Acme { email: self.text(&q::ACME_EMAIL, given, "CADDY_ACME_EMAIL", "", rules::email)? })
            }
            TlsMode::Files => self.files(layout, urls).map(Tls::Files),
        }
    }

    /// The files to copy; `None`: those that were copied before still do.
    fn files(&self, layout: &Layout, urls: [&str; 2]) -> Result<Option<Pem>, Stop> {
        let args = &self.args.certificates;
        if args.tls_cert.is_none() && layout.server_cert().is_file() {
            let there = Pem { certificate: layout.server_cert(), key: layout.server_key() };
            match certificates::check(&there, urls) {
                Ok(()) => return Ok(None),
                Err(why) => eprintln!("  the certificate that is there cannot stay: {why}"),
            }
        }
        loop {
            let certificate = self.file(&q::TLS_CERT, args.tls_cert.as_ref())?;
            let pem = Pem { certificate, key: self.file(&q::TLS_KEY, args.tls_key.as_ref())? };
            match (certificates::check(&pem, urls), self.asker, &args.tls_cert) {
                (Ok(()), ..) => return Ok(Some(pem)),
                (Err(why), Asker::Person, None) => eprintln!("  {why}"),
                (Err(why), ..) => return Err(Stop::Invalid(format!("{}: {why}", q::TLS_CERT.flag))),
            }
        }
    }

    fn file(&self, question: &Question, given: Option<&PathBuf>) -> Result<PathBuf, Stop> {
        let given = given.map(|path| path.display().to_string());
        self.asker.text(question, given.as_deref(), "", rules::file).map(PathBuf::from)
    }

    fn listener(&self, public: &str, tls: TlsMode) -> Result<(std::net::IpAddr, u16), Stop> {
        let (address, port) = self.known.listener();
        let is_open = self.known.home == Home::Process && tls != TlsMode::None;
        let address = address.unwrap_or_else(|| if is_open { "0.0.0.0" } else { "127.0.0.1" }.to_owned());
        let given = self.args.listen.map(|address| address.to_string());
        let address = self.asker.text(&q::LISTEN, given.as_deref(), &address, rules::address)?;
        let usual = if is_open || doors::is_loopback(public) { doors::port(public).unwrap_or(8488) } else { 8488 };
        let given = self.args.port.map(|port| port.to_string());
        let port = self.asker.text(&q::PORT, given.as_deref(), &port.unwrap_or_else(|| usual.to_string()), rules::listen_port)?;
        Ok((address.parse().expect("it was checked"), port.parse().expect("it was checked")))
    }

    /// Asked where somebody else must be encrypting, or when an option says it.
    fn proxies(&self, public: &str, tls: TlsMode) -> Result<Option<String>, Stop> {
        let is_behind = tls == TlsMode::None && public.starts_with("https://");
        if !is_behind && self.args.trusted_proxies.is_none() {
            return Ok(self.known.get("TRUSTED_PROXIES"));
        }
        // In containers, a proxy on this machine calls from docker's end of the network.
        let usual = if self.known.home == Home::Process { "127.0.0.1" } else { "10.231.88.1" };
        self.text(&q::PROXIES, self.args.trusted_proxies.as_deref(), "TRUSTED_PROXIES", usual, rules::networks).map(Some)
    }

    fn administrators(&self, tls: TlsMode, layout: &Layout) -> Result<Administrators, Stop> {
        let args = &self.args.certificates;
        let fits = |wanted: &Demand| doors::demand(self.known.home, tls, *wanted);
        let demand = self.asker.choose(&q::DEMAND, args.admin_certificates, self.known.demand(), fits)?;
        if demand == Demand::Off {
            return Ok(Administrators { demand, authority: Authority::None, name: None });
        }
        let is_there = match layout.home() {
            Home::Process => self.known.get("ADMIN_CLIENT_CA_FILE").is_some(),
            Home::Compose => layout.client_ca().is_file(),
        };
        let authority = match &args.admin_ca {
            Some(path) => Authority::Own(self.ca(Some(path))?.expect("an option names a file")),
            None if is_there => Authority::Kept,
            None => self.ca(None)?.map_or(Authority::Made, Authority::Own),
        };
        let name = match (&args.admin_name, authority == Authority::Made) {
            (None, false) => None,
            (Some(_), false) if !layout.made("ca.key").is_file() || matches!(authority, Authority::Own(_)) => {
                return Err(Stop::Invalid(format!("{}: certificates are issued by the CA that you brought", q::ADMIN_NAME.flag)));
            }
            (given, _) => Some(self.asker.text(&q::ADMIN_NAME, given.as_deref(), "", rules::person)?),
        };
        Ok(Administrators { demand, authority, name })
    }

    fn ca(&self, given: Option<&PathBuf>) -> Result<Option<PathBuf>, Stop> {
        let given = given.map(|path| path.display().to_string());
        let file = self.asker.text(&q::ADMIN_CA, given.as_deref(), "", certificates::check_ca)?;
        Ok(Some(file).filter(|file| !file.is_empty()).map(PathBuf::from))
    }

    fn database(&self, layout: &Layout) -> Result<Database, Stop> {
        let home = self.known.home;
        let given = self.args.database_url_file.as_deref();
        let wanted = self.args.database.or(given.map(|_| DatabaseKind::Own));
        let kind = self.asker.choose(&q::DATABASE, wanted, self.known.database(), |kind| doors::database(home, *kind))?;
        let is_there =
            self.known.env.get("DATABASE_URL").is_some() || secrets::read(layout, "database-url").map_err(Stop::Failed)?.is_some();
        let is_own_already = self.known.database() == DatabaseKind::Own && is_there;
        if kind != DatabaseKind::Own || (given.is_none() && is_own_already) {
            return Ok(Database { kind, url: None });
        }
        let url = match given {
            Some(file) => try_database::from_file(file, &|url| self.try_out(url))?,
            None => self.asker.secret(&q::DATABASE_URL, |text| rules::database_url(text).and_then(|url| self.try_out(&url)))?,
        };
        Ok(Database { kind, url: Some(url) })
    }

    fn try_out(&self, url: &str) -> Checked {
        if !self.args.skip_database_check {
            eprintln!("  trying the database …");
            try_database::connect(url)?;
        }
        Ok(url.to_owned())
    }

    fn backups(&self, usual_folder: &str) -> Result<Option<Backups>, Stop> {
        let args = &self.args.keeping;
        let home = self.known.home;
        if !self.yes(&q::BACKUPS, args.backups, self.known.backups())? {
            return Ok(None);
        }
        Ok(Some(Backups {
            folder: self
                .text(&q::BACKUP_FOLDER, args.backup_folder.as_deref(), "BACKUP_FOLDER", usual_folder, |text| rules::folder(home, text))?,
            every: self.text(&q::BACKUP_EVERY, args.backup_every.as_deref(), "BACKUP_EVERY", "24h", rules::interval)?,
            keep: self.text(&q::BACKUP_KEEP, args.backup_keep.as_deref(), "BACKUP_KEEP", "30", rules::count)?,
        }))
    }
}

const fn usual_folder(home: Home) -> &'static str {
    match home {
        Home::Process => "local-dev/.state",
        Home::Compose => "./data",
    }
}
