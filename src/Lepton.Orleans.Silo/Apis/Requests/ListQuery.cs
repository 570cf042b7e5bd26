namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>What a request for a list or a page says in its query.</summary>
internal struct ListQuery
{
    /// <summary>Makes the query of a request that says nothing.</summary>
    public ListQuery()
    {
    }

    /// <summary><c>n</c>: how many places or rows.</summary>
    public int Count { get; set; } = RequestValues.DefaultCount;

    /// <summary><c>offset</c>: how many of the best to skip.</summary>
    public int Offset { get; set; }

    /// <summary><c>cursor</c>: where the page starts.</summary>
    public string Cursor { get; set; } = "";

    /// <summary><c>category</c>: only its items; <see langword="null"/> for all.</summary>
    public string? Category { get; set; }

    /// <summary><c>user-id</c>: leave out what this user has had; <see langword="null"/> for nobody.</summary>
    public string? UserId { get; set; }

    /// <summary><c>write-back-type</c>: record this feedback for the places of the list; <see langword="null"/> for none.</summary>
    public string? WriteBackType { get; set; }

    /// <summary><c>write-back-delay</c>: how far ahead that feedback is dated.</summary>
    public TimeSpan WriteBackDelay { get; set; }

    /// <summary><c>explain</c>: give reasons.</summary>
    public bool Explain { get; set; }

    /// <summary>The request to a recommendation grain.</summary>
    public readonly RecommendRequest ToRequest() => new() { Count = Count, Offset = Offset, Category = Category };
}
