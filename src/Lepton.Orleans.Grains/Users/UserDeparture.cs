namespace Lepton.Orleans.Grains.Users;

/// <summary>That a user was merged into another. What left stays with the user until the other is known to have it.</summary>
/// <param name="Into">The other's id.</param>
/// <param name="Version">The user's version when it left: no two departures of an id have the same.</param>
/// <param name="Events">What is on its way; empty once it has arrived.</param>
/// <param name="Names">The names of events that go with them; the user keeps them too, so that what is sent again is still known.</param>
/// <param name="Rows">How many events the other has added; <see langword="null"/> until it is known to have done so.</param>
internal sealed record UserDeparture(string Into, long Version, FeedbackHistory Events, (EventName Name, long TimeMs)[] Names, int? Rows)
{
    /// <summary>Whether the other may not have it yet.</summary>
    public bool IsPending => Rows is null;
}
