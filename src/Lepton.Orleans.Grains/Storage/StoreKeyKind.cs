namespace Lepton.Orleans.Grains.Storage;

/// <summary>What the keys of the store are for.</summary>
internal enum StoreKeyKind
{
    /// <summary>None that this release knows.</summary>
    Unknown,

    /// <summary>A user's snapshot.</summary>
    User,

    /// <summary>A user's journal.</summary>
    UserJournal,

    /// <summary>A journal of a user that was being made when the store lost power.</summary>
    UserLeftover,

    /// <summary>An item's record.</summary>
    Item,

    /// <summary>An item's journal: the token of who has opened the record.</summary>
    ItemJournal,

    /// <summary>A journal of an item that was being made when the store lost power.</summary>
    ItemLeftover,

    /// <summary>A bucket of the index of users.</summary>
    UserIndex,

    /// <summary>A bucket of the index of items.</summary>
    ItemIndex,

    /// <summary>The users with feedback on an item.</summary>
    ItemFeedbackIndex,

    /// <summary>Users whom others were merged into on a day.</summary>
    MergedIndex,

    /// <summary>The users that a restore has brought.</summary>
    RestoredIndex,

    /// <summary>A part of the catalogue: ids and numbers of items.</summary>
    Catalog,

    /// <summary>A model or a piece of counters: by their formats they hold numbers of items, and no user.</summary>
    Blob,

    /// <summary>A turn or a note.</summary>
    Turn,

    /// <summary>Erasures that no build has heeded: random tokens.</summary>
    Erasures,

    /// <summary>A record that Orleans keeps for a grain.</summary>
    Grain,

    /// <summary>The count of starts.</summary>
    Starts,
}
