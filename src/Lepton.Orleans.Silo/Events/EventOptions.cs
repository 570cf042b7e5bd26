namespace Lepton.Orleans.Silo.Events;

/// <summary>What the service tells others by way of Kafka, beside what <c>Lepton:Kafka</c> says: <c>Lepton:Kafka:Events</c>.</summary>
public sealed class EventOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Kafka:Events";

    /// <summary>Whether it tells of feedback that was accepted.</summary>
    public bool FeedbackAccepted { get; set; }

    /// <summary>Whether it tells of personal lists that were handed out, with the reasons for each place.</summary>
    public bool ListServed { get; set; }

    /// <summary>Whether it tells of items that were made, changed or deleted.</summary>
    public bool ItemChanged { get; set; }

    /// <summary>Whether it tells of users that were erased.</summary>
    public bool UserErased { get; set; }

    /// <summary>The topic.</summary>
    public string Topic { get; set; } = "lepton.events";

    /// <summary>With how many partitions the topic is created, where the service may do that.</summary>
    public int Partitions { get; set; } = 16;

    /// <summary>How many bytes of events a silo keeps while the broker does not take them; what comes then is dropped and counted, lists from three quarters on.</summary>
    public int QueueBytes { get; set; } = 32 << 20;

    /// <summary>For how long an event is kept for a broker that does not take it.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether it tells anything.</summary>
    internal bool Any => FeedbackAccepted || ListServed || ItemChanged || UserErased;
}
