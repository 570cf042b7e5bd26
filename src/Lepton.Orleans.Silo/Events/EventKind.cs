namespace Lepton.Orleans.Silo.Events;

/// <summary>What an event tells of; the names are those in the messages.</summary>
internal enum EventKind
{
    /// <summary>Feedback was accepted.</summary>
    FeedbackAccepted,

    /// <summary>A personal list was handed out.</summary>
    ListServed,

    /// <summary>An item was made, changed or deleted.</summary>
    ItemChanged,

    /// <summary>A user was erased.</summary>
    UserErased,
}
