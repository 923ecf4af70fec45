//! Tests of the line parser with real lines and look-alikes. Each parsed line is compared as a one-line summary.

mod app_json;
mod app_text;
mod attributes;
mod emf;
mod layout;
mod legacy;
mod lookalikes;
mod platform_json;
mod platform_text;
mod properties;
mod summary;
mod testdata;
mod time;
mod trace;

use self::summary::summary;
