"""Doors for people and programs: pages, live boards, the API. A view reads, calls one verb, renders."""
