namespace Lepton.Orleans.Silo.Apis.Documentation;

/// <summary>The groups in which the documentation shows the endpoints.</summary>
internal static class ApiTags
{
    /// <summary>Users.</summary>
    public const string Users = "users";

    /// <summary>Items.</summary>
    public const string Items = "items";

    /// <summary>Feedback.</summary>
    public const string Feedback = "feedback";

    /// <summary>Lists.</summary>
    public const string Recommendation = "recommendation";

    /// <summary>What operators ask for.</summary>
    public const string Operations = "operations";

    /// <summary>Health.</summary>
    public const string Health = "health";
}
