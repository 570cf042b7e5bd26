namespace Lepton.Orleans;

/// <summary>A name of an event came again with another content; nothing of the user's batch was applied.</summary>
[GenerateSerializer, Alias("lepton.EventIdReusedException")]
public sealed class EventIdReusedException : Exception
{
    /// <summary>Makes the exception for one row.</summary>
    /// <param name="index">The row's index in the batch, from 0.</param>
    /// <param name="userId">The user.</param>
    public EventIdReusedException(int index, string userId)
        : base($"Row {index}: its EventId (or the request's Idempotency-Key) was used before for another feedback of '{userId}'.")
    {
        Index = index;
        UserId = userId;
    }

    /// <summary>The row's index in the batch, from 0.</summary>
    [Id(0)] public int Index { get; }

    /// <summary>The user.</summary>
    [Id(1)] public string UserId { get; }
}
