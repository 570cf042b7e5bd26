namespace Lepton.Orleans;

/// <summary>
/// The store did not confirm a read or a write. Nothing was acknowledged; the same call may be repeated safely,
/// after <see cref="RetryAfter"/>.
/// </summary>
[GenerateSerializer, Alias("lepton.StoreUnavailableException")]
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="operation">What was being done, such as <c>append to the journal of default/alice</c>.</param>
    /// <param name="innerException">What the store's client said.</param>
    public StoreUnavailableException(string operation, Exception? innerException = null)
        : base($"The store did not confirm: {operation}. {innerException?.Message}", innerException) => Operation = operation;

    /// <summary>What was being done.</summary>
    [Id(0)] public string Operation { get; }

    /// <summary>How long to wait before the same call is repeated.</summary>
    [Id(1)] public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
