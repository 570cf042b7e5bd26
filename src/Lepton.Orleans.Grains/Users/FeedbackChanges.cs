namespace Lepton.Orleans.Grains.Users;

/// <summary>What rows of feedback change in a user.</summary>
/// <param name="Events">The events that are new.</param>
/// <param name="Met">Those of them that stand in no other's place: what counts.</param>
/// <param name="Names">Their names, place by place; empty where none has one.</param>
/// <param name="Repeated">How many rows changed something before under their names: they count as they did then.</param>
/// <param name="Idle">The names of rows that change nothing: when they come again they change nothing either.</param>
internal readonly record struct FeedbackChanges(
    (FeedbackEvent Event, string Comment)[] Events, (FeedbackEvent Event, string Comment)[] Met, EventName[] Names, int Repeated, EventName[] Idle)
{
    /// <summary>What the caller is told: how many rows changed something, now or when they first came.</summary>
    public int Rows => Events.Length + Repeated;
}
