"""What the kernel's arrays hold, as the functions of model and policy take it."""

from __future__ import annotations

from typing import Any

from simkit.engine.compiled.rows import part_of, rows_of
from simkit.engine.compiled.state import World
from simkit.model.contact import Mind, Traits
from simkit.model.streams import Key
from simkit.scenario.hours import OpenHours


def rows_of_world(world: World) -> World:
    """Return a world whose arrays are rows."""
    return World(
        world.seed_low,
        world.seed_high,
        world.replication,
        world.end_s,
        world.first_weekday,
        world.windows,
        world.days,
        world.ring,
        rows_of(world.parameters),
        rows_of(world.rules),
        rows_of(world.cells),
        rows_of(world.reach_profile_logit),
        rows_of(world.opens),
        rows_of(world.closes),
        rows_of(world.window_of_day),
        rows_of(world.shift_opens),
        rows_of(world.shift_closes),
        rows_of(world.shift_window_of_day),
        rows_of(world.working_days),
        rows_of(world.working_rank),
        rows_of(world.pools),
        rows_of(world.queues),
        rows_of(world.skill_logit),
        rows_of(world.account),
        rows_of(world.sale_value_cents),
    )


def key_of(world: World) -> Key:
    """Return the key of all draws."""
    return Key(world.seed_low, world.seed_high, world.replication)


def hours_of(world: World, row: int) -> OpenHours:
    """Return opening hours."""
    return OpenHours(
        part_of(world.opens, row * world.windows, world.windows),
        part_of(world.closes, row * world.windows, world.windows),
        part_of(world.window_of_day, row * world.days, world.days),
    )


def traits_of(contact: Any, number: int) -> Traits:
    """Return what a contact is."""
    return Traits(
        number,
        contact.sale_offset_logit,
        contact.reach_offset_logit,
        contact.sensitivity,
        contact.dead,
        contact.optout_threshold,
        contact.sale_threshold,
    )


def mind_of(contact: Any) -> Mind:
    """Return a contact's mind."""
    return Mind(
        int(contact.state),
        int(contact.need_no),
        int(contact.spell),
        contact.leaves_s,
        contact.rival_s,
        contact.irritation,
        float(contact.irritation_s),
        contact.optout_hazard,
        contact.sale_hazard,
    )


def keep_mind(contact: Any, mind: Mind) -> None:
    """Store a contact's mind."""
    contact.state = mind.state
    contact.need_no = mind.need_no
    contact.spell = mind.spell
    contact.leaves_s = mind.leaves_s
    contact.rival_s = mind.rival_s
    contact.irritation = mind.irritation
    contact.irritation_s = int(mind.irritation_s)
    contact.optout_hazard = mind.optout_hazard
    contact.sale_hazard = mind.sale_hazard
