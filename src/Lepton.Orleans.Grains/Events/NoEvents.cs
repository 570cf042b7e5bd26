namespace Lepton.Orleans.Grains.Events;

/// <summary>Nobody wants to hear of anything.</summary>
internal sealed class NoEvents : ILeptonEvents
{
    public bool WantsFeedback => false;

    public bool WantsLists => false;

    public void FeedbackAccepted(string tenant, string userId, ReadOnlyMemory<Feedback> rows, bool overwrite, int changed)
    {
    }

    public void ListServed(ServedList list)
    {
    }

    public void ItemChanged(string tenant, Item item)
    {
    }

    public void ItemDeleted(string tenant, string itemId)
    {
    }

    public void UserErased(string tenant, string userId)
    {
    }
}
