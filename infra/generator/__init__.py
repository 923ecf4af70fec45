"""Writes what infra/ repeats from one place: settings from the program's table, alarms and dashboards from one definition."""
