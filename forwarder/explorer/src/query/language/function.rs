//! Names of the functions and aggregates, and the number of their arguments.

/// Limits for the number of arguments of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// Least number of arguments.
    pub least: usize,
    /// Greatest number of arguments, `usize::MAX` for any.
    pub most: usize,
}

/// Scalar function: it computes a value from one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `abs`: absolute value.
    Abs,
    /// `ceil`: smallest integer that is not less.
    Ceil,
    /// `floor`: greatest integer that is not greater.
    Floor,
    /// `greatest`: greatest of the values that are present.
    Greatest,
    /// `least`: least of the values that are present.
    Least,
    /// `log`: natural logarithm.
    Log,
    /// `sqrt`: square root.
    Sqrt,
    /// `round`: number rounded half away from zero, to the given number of decimals.
    Round,
    /// `toNumber`: number that a text holds.
    ToNumber,
    /// `toInt`: number without its fraction.
    ToInt,
    /// `toLong`: number without its fraction.
    ToLong,
    /// `toDouble`: number that a text holds.
    ToDouble,
    /// `isNumeric`: 1 if the value is a number or a text that holds one.
    IsNumeric,
    /// `haversine`: distance in kilometres between two points: latitude and longitude of each, in degrees.
    Haversine,
    /// `isPresent`: 1 if the value is present.
    IsPresent,
    /// `coalesce`: first value that is present.
    Coalesce,
    /// `if`: second argument if the first is true, else the third.
    If,
    /// `case`: value after the first condition that is true, else the last of an odd number of arguments.
    Case,
    /// `isEmpty`: 1 if the value is missing or an empty text.
    IsEmpty,
    /// `isBlank`: 1 if the value is missing or has only white space.
    IsBlank,
    /// `concat`: texts joined; missing ones count as empty.
    Concat,
    /// `ltrim`: text without leading white space, or without leading characters of the second argument.
    Ltrim,
    /// `rtrim`: text without trailing white space, or without trailing characters of the second argument.
    Rtrim,
    /// `trim`: text without leading and trailing white space, or characters of the second argument.
    Trim,
    /// `strlen`: number of characters.
    Strlen,
    /// `toUpper`: text in upper case.
    ToUpper,
    /// `toLower`: text in lower case.
    ToLower,
    /// `substr`: characters from a position, which begins with 0, up to a number of them.
    Substr,
    /// `replace`: text with every occurrence of the second argument replaced by the third.
    Replace,
    /// `regexReplace`: text with every match of the second argument replaced by the third, in which `$1` is a group.
    RegexReplace,
    /// `strContains`: 1 if the text contains the second argument.
    StrContains,
    /// `startsWith`: 1 if the text begins with the second argument.
    StartsWith,
    /// `endsWith`: 1 if the text ends with the second argument.
    EndsWith,
    /// `split`: list of the parts between occurrences of the second argument.
    Split,
    /// `urlEncode`: text percent-encoded.
    UrlEncode,
    /// `urlDecode`: text percent-decoded.
    UrlDecode,
    /// `base64Encode`: text in Base64.
    Base64Encode,
    /// `base64Decode`: text that Base64 holds.
    Base64Decode,
    /// `hexToAscii`: text whose bytes are written as hexadecimal digits.
    HexToAscii,
    /// `hexToDec`: number written as hexadecimal digits.
    HexToDec,
    /// `decToHex`: hexadecimal digits of an integer, in lower case.
    DecToHex,
    /// `messageSize`: length in bytes, of `@message` without an argument.
    MessageSize,
    /// `md5`: MD5 hash as hexadecimal digits.
    Md5,
    /// `sha256`: SHA-256 hash as hexadecimal digits.
    Sha256,
    /// `bin`: `@timestamp` rounded down to a period.
    Bin,
    /// `dateFloor`: time rounded down to a period.
    DateFloor,
    /// `dateCeil`: time rounded up to a period.
    DateCeil,
    /// `fromMillis`: time from Unix milliseconds.
    FromMillis,
    /// `toMillis`: Unix milliseconds of a time.
    ToMillis,
    /// `now`: time of the query in Unix seconds.
    Now,
    /// `queryStartTime`: start of the queried range in Unix milliseconds.
    QueryStartTime,
    /// `queryEndTime`: end of the queried range in Unix milliseconds.
    QueryEndTime,
    /// `queryTimeRange`: length of the queried range in milliseconds.
    QueryTimeRange,
    /// `parseDate`: Unix milliseconds of a text in a pattern of Java's, in a time zone.
    ParseDate,
    /// `formatDate`: time as text in a pattern of strftime, in a time zone.
    FormatDate,
    /// `jsonParse`: map or list that a JSON text holds.
    JsonParse,
    /// `jsonStringify`: JSON text of a map or list.
    JsonStringify,
    /// `jsonArraySize`: number of elements of a JSON array.
    JsonArraySize,
    /// `jsonArrayContains`: 1 if a JSON array has an element that equals the second argument.
    JsonArrayContains,
    /// `isValidIp`: 1 for an address of IPv4 or IPv6.
    IsValidIp,
    /// `isValidIpV4`: 1 for an address of IPv4.
    IsValidIpV4,
    /// `isValidIpV6`: 1 for an address of IPv6.
    IsValidIpV6,
    /// `isIpInSubnet`: 1 if an address is in a network, such as `10.0.0.0/8`.
    IsIpInSubnet,
    /// `isIpv4InSubnet`: 1 if an address of IPv4 is in a network.
    IsIpv4InSubnet,
    /// `isIpv6InSubnet`: 1 if an address of IPv6 is in a network.
    IsIpv6InSubnet,
    /// `ipv4ToNumber`: address of IPv4 as an integer.
    Ipv4ToNumber,
    /// `isPrivateIP`: 1 for an address of a private network.
    IsPrivateIp,
    /// `isPublicIP`: 1 for an address that is routed on the internet.
    IsPublicIp,
    /// `isReservedIP`: 1 for an address of a special purpose, such as loopback or documentation.
    IsReservedIp,
    /// `unmask`: the value itself: nothing is masked here.
    Unmask,
}

/// Aggregate function: it computes a value from a group of rows, in `stats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// `count`: number of rows, or of rows in which the argument is present.
    Count,
    /// `countDistinct`: number of different values.
    CountDistinct,
    /// `sum`: sum of the numbers.
    Sum,
    /// `avg`: mean of the numbers.
    Avg,
    /// `min`: least number.
    Min,
    /// `max`: greatest number.
    Max,
    /// `pct`: percentile of the numbers, from 0 to 100.
    Percentile,
    /// `stddev`: standard deviation of the population.
    Stddev,
    /// `variance`: variance of the population.
    Variance,
    /// `earliest`: value of the first row by time in which it is present.
    Earliest,
    /// `latest`: value of the last row by time in which it is present.
    Latest,
    /// `sortsFirst`: value that `sort` would put first.
    SortsFirst,
    /// `sortsLast`: value that `sort` would put last.
    SortsLast,
    /// `values`: list of the different values.
    Values,
    /// `topk`: list of the most frequent values with their counts.
    TopK,
    /// `countOverTime`: number of rows in a time bin.
    CountOverTime,
    /// `sumOverTime`: sum of the numbers in a time bin.
    SumOverTime,
    /// `rate`: change of a number per period.
    Rate,
    /// `histogram`: number of values in each range of a given width.
    Histogram,
}

const FUNCTIONS: &[(Function, &str, Arity)] = &[
    (Function::Abs, "abs", arity(1, 1)),
    (Function::Ceil, "ceil", arity(1, 1)),
    (Function::Floor, "floor", arity(1, 1)),
    (Function::Greatest, "greatest", arity(1, usize::MAX)),
    (Function::Least, "least", arity(1, usize::MAX)),
    (Function::Log, "log", arity(1, 1)),
    (Function::Sqrt, "sqrt", arity(1, 1)),
    (Function::Round, "round", arity(1, 2)),
    (Function::ToNumber, "toNumber", arity(1, 1)),
    (Function::ToInt, "toInt", arity(1, 1)),
    (Function::ToLong, "toLong", arity(1, 1)),
    (Function::ToDouble, "toDouble", arity(1, 1)),
    (Function::IsNumeric, "isNumeric", arity(1, 1)),
    (Function::Haversine, "haversine", arity(4, 4)),
    (Function::IsPresent, "isPresent", arity(1, 1)),
    (Function::Coalesce, "coalesce", arity(1, usize::MAX)),
    (Function::If, "if", arity(3, 3)),
    (Function::Case, "case", arity(2, 21)),
    (Function::IsEmpty, "isEmpty", arity(1, 1)),
    (Function::IsBlank, "isBlank", arity(1, 1)),
    (Function::Concat, "concat", arity(1, usize::MAX)),
    (Function::Ltrim, "ltrim", arity(1, 2)),
    (Function::Rtrim, "rtrim", arity(1, 2)),
    (Function::Trim, "trim", arity(1, 2)),
    (Function::Strlen, "strlen", arity(1, 1)),
    (Function::ToUpper, "toUpper", arity(1, 1)),
    (Function::ToLower, "toLower", arity(1, 1)),
    (Function::Substr, "substr", arity(2, 3)),
    (Function::Replace, "replace", arity(3, 3)),
    (Function::RegexReplace, "regexReplace", arity(3, 3)),
    (Function::StrContains, "strContains", arity(2, 3)),
    (Function::StartsWith, "startsWith", arity(2, 2)),
    (Function::EndsWith, "endsWith", arity(2, 2)),
    (Function::Split, "split", arity(2, 2)),
    (Function::UrlEncode, "urlEncode", arity(1, 1)),
    (Function::UrlDecode, "urlDecode", arity(1, 1)),
    (Function::Base64Encode, "base64Encode", arity(1, 1)),
    (Function::Base64Decode, "base64Decode", arity(1, 1)),
    (Function::HexToAscii, "hexToAscii", arity(1, 1)),
    (Function::HexToDec, "hexToDec", arity(1, 1)),
    (Function::DecToHex, "decToHex", arity(1, 1)),
    (Function::MessageSize, "messageSize", arity(0, 1)),
    (Function::Md5, "md5", arity(1, 1)),
    (Function::Sha256, "sha256", arity(1, 1)),
    (Function::Bin, "bin", arity(1, 1)),
    (Function::DateFloor, "dateFloor", arity(2, 2)),
    (Function::DateCeil, "dateCeil", arity(2, 2)),
    (Function::FromMillis, "fromMillis", arity(1, 1)),
    (Function::ToMillis, "toMillis", arity(1, 1)),
    (Function::Now, "now", arity(0, 0)),
    (Function::QueryStartTime, "queryStartTime", arity(0, 0)),
    (Function::QueryEndTime, "queryEndTime", arity(0, 0)),
    (Function::QueryTimeRange, "queryTimeRange", arity(0, 0)),
    (Function::ParseDate, "parseDate", arity(2, 3)),
    (Function::FormatDate, "formatDate", arity(2, 3)),
    (Function::JsonParse, "jsonParse", arity(1, 1)),
    (Function::JsonStringify, "jsonStringify", arity(1, 1)),
    (Function::JsonArraySize, "jsonArraySize", arity(1, 1)),
    (Function::JsonArrayContains, "jsonArrayContains", arity(2, 2)),
    (Function::IsValidIp, "isValidIp", arity(1, 1)),
    (Function::IsValidIpV4, "isValidIpV4", arity(1, 1)),
    (Function::IsValidIpV6, "isValidIpV6", arity(1, 1)),
    (Function::IsIpInSubnet, "isIpInSubnet", arity(2, 2)),
    (Function::IsIpv4InSubnet, "isIpv4InSubnet", arity(2, 2)),
    (Function::IsIpv6InSubnet, "isIpv6InSubnet", arity(2, 2)),
    (Function::Ipv4ToNumber, "ipv4ToNumber", arity(1, 1)),
    (Function::IsPrivateIp, "isPrivateIP", arity(1, 1)),
    (Function::IsPublicIp, "isPublicIP", arity(1, 1)),
    (Function::IsReservedIp, "isReservedIP", arity(1, 1)),
    (Function::Unmask, "unmask", arity(1, 1)),
];

const AGGREGATES: &[(Aggregate, &str, Arity)] = &[
    (Aggregate::Count, "count", arity(0, 1)),
    (Aggregate::CountDistinct, "countDistinct", arity(1, 1)),
    (Aggregate::Sum, "sum", arity(1, 1)),
    (Aggregate::Avg, "avg", arity(1, 1)),
    (Aggregate::Min, "min", arity(1, 1)),
    (Aggregate::Max, "max", arity(1, 1)),
    (Aggregate::Percentile, "pct", arity(2, 2)),
    (Aggregate::Stddev, "stddev", arity(1, 1)),
    (Aggregate::Variance, "variance", arity(1, 1)),
    (Aggregate::Earliest, "earliest", arity(1, 1)),
    (Aggregate::Latest, "latest", arity(1, 1)),
    (Aggregate::SortsFirst, "sortsFirst", arity(1, 1)),
    (Aggregate::SortsLast, "sortsLast", arity(1, 1)),
    (Aggregate::Values, "values", arity(1, 1)),
    (Aggregate::TopK, "topk", arity(2, 2)),
    (Aggregate::CountOverTime, "countOverTime", arity(0, 2)),
    (Aggregate::SumOverTime, "sumOverTime", arity(1, 2)),
    (Aggregate::Rate, "rate", arity(1, 2)),
    (Aggregate::Histogram, "histogram", arity(2, 2)),
];

/// Further names of aggregates.
const AGGREGATE_SYNONYMS: &[(Aggregate, &str)] = &[(Aggregate::Percentile, "percentile")];

const fn arity(least: usize, most: usize) -> Arity {
    Arity { least, most }
}

/// Brings a name into the form that is compared: upper case and underscores make no difference.
fn key(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

impl Function {
    /// Looks a function up by its name, in any case, also in snake case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = key(name);
        FUNCTIONS.iter().find(|(_, known, _)| key(known) == name).map(|(function, _, _)| *function)
    }

    /// Name as AWS writes it.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// Limits for the number of arguments.
    pub fn arity(self) -> Arity {
        self.entry().2
    }

    /// Names of all functions.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().map(|(_, name, _)| *name)
    }

    fn entry(self) -> (Self, &'static str, Arity) {
        let found = FUNCTIONS.iter().find(|(function, _, _)| *function == self);
        *found.expect("the table has a row for each function")
    }
}

impl Aggregate {
    /// Looks an aggregate up by its name, in any case, also in snake case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = key(name);
        let names = AGGREGATES.iter().map(|(aggregate, known, _)| (aggregate, known));
        let synonyms = AGGREGATE_SYNONYMS.iter().map(|(aggregate, known)| (aggregate, known));
        names.chain(synonyms).find(|(_, known)| key(known) == name).map(|(aggregate, _)| *aggregate)
    }

    /// Name as AWS writes it.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// Limits for the number of arguments.
    pub fn arity(self) -> Arity {
        self.entry().2
    }

    /// Names of all aggregates.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let synonyms = AGGREGATE_SYNONYMS.iter().map(|(_, name)| *name);
        AGGREGATES.iter().map(|(_, name, _)| *name).chain(synonyms)
    }

    fn entry(self) -> (Self, &'static str, Arity) {
        let found = AGGREGATES.iter().find(|(aggregate, _, _)| *aggregate == self);
        *found.expect("the table has a row for each aggregate")
    }
}
