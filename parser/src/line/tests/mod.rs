//! Real lines and look-alikes, and what is read from them, each written out as one short line.

mod app_json;
mod app_text;
mod emf;
mod lookalikes;
mod platform_json;
mod platform_text;
mod properties;
mod show;
mod testdata;
mod view;

use self::show::says;
