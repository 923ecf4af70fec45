//! Kinds of secrets, and counts of what was redacted.

/// Kind of a redacted secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// E-mail address.
    Email,
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// Number of a payment card.
    Card,
    /// AWS access key id, or secret access key.
    AwsKey,
    /// Token after the word "bearer".
    Bearer,
    /// JSON web token.
    Jwt,
    /// Private key in PEM form.
    PrivateKey,
    /// Value of a member that a rule names in `keys`.
    Keys,
    /// Match of a rule's `pattern`.
    Pattern,
}

impl Kind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Ipv4,
        Self::Ipv6,
        Self::Card,
        Self::AwsKey,
        Self::Bearer,
        Self::Jwt,
        Self::PrivateKey,
        Self::Keys,
        Self::Pattern,
    ];

    /// Name in rules, in templates and in the counts of redactions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Card => "card",
            Self::AwsKey => "aws_key",
            Self::Bearer => "bearer",
            Self::Jwt => "jwt",
            Self::PrivateKey => "private_key",
            Self::Keys => "keys",
            Self::Pattern => "pattern",
        }
    }

    /// Detector of this name; `None` for other names, also for `keys` and `pattern`, which are not detectors.
    #[must_use]
    pub fn detector(name: &str) -> Option<Self> {
        let is_detector = |kind: &Self| !matches!(kind, Self::Keys | Self::Pattern);
        Self::ALL.into_iter().filter(is_detector).find(|kind| kind.name() == name)
    }

    /// Bit of the kind in a set of kinds.
    pub(super) fn bit(self) -> u16 {
        match self {
            Self::Email => 1,
            Self::Ipv4 => 1 << 1,
            Self::Ipv6 => 1 << 2,
            Self::Card => 1 << 3,
            Self::AwsKey => 1 << 4,
            Self::Bearer => 1 << 5,
            Self::Jwt => 1 << 6,
            Self::PrivateKey => 1 << 7,
            Self::Keys => 1 << 8,
            Self::Pattern => 1 << 9,
        }
    }
}

/// Numbers of redactions by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Kind::ALL.len()]);

impl Counts {
    /// Counts one redaction.
    pub fn add(&mut self, kind: Kind) {
        for (count, other) in self.0.iter_mut().zip(Kind::ALL) {
            *count += u64::from(other == kind);
        }
    }

    /// Adds all counts of another set.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// Iterates over the kinds that were redacted at least once, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        Kind::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// Number of all redactions.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
