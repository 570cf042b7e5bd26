namespace Lepton.Orleans.Grains.Events;

/// <summary>
/// Is told what happened on this silo, so that others can hear of it. It is called by requests and grains once the thing is
/// durable, each user's and each item's in their order, and must neither block nor throw.
/// </summary>
public interface ILeptonEvents
{
    /// <summary>Whether feedback is of interest; else it is not told.</summary>
    bool WantsFeedback { get; }

    /// <summary>Whether lists are of interest; else they are not told.</summary>
    bool WantsLists { get; }

    /// <summary>
    /// Feedback of a user was acknowledged. What came from a log (<see cref="FeedbackBatch.Origin"/>) is not told: whoever reads
    /// the log knows it.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="userId">The user.</param>
    /// <param name="rows">The feedback.</param>
    /// <param name="overwrite">See <see cref="FeedbackBatch.Overwrite"/>.</param>
    /// <param name="changed">How many rows changed something; the others were there already.</param>
    void FeedbackAccepted(string tenant, string userId, ReadOnlyMemory<Feedback> rows, bool overwrite, int changed);

    /// <summary>A list of a user was handed out.</summary>
    void ListServed(ServedList list);

    /// <summary>An item was made, or is another one than before.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="item">The item as it is now.</param>
    void ItemChanged(string tenant, Item item);

    /// <summary>An item was deleted.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="itemId">The item.</param>
    void ItemDeleted(string tenant, string itemId);

    /// <summary>A user was erased, and others may have something to erase too.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="userId">The user.</param>
    void UserErased(string tenant, string userId);
}
