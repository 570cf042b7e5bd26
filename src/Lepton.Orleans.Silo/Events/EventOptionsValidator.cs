using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Events;

/// <summary>Checks <see cref="EventOptions"/> at start-up.</summary>
internal sealed class EventOptionsValidator : IValidateOptions<EventOptions>
{
    private const int MinQueueBytes = 1 << 20;
    private const int MaxQueueBytes = 1 << 30;
    private static readonly TimeSpan MaxSendTimeout = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, EventOptions options) =>
        string.IsNullOrWhiteSpace(options.Topic) || options.Topic == Streams.FeedbackDataAdapter.Topic
            ? ValidateOptionsResult.Fail($"{EventOptions.Section}:Topic is '{options.Topic}'; set it to a topic of its own, such as lepton.events.")
        : options.Partitions is < 1 or > 10_000
            ? ValidateOptionsResult.Fail($"{EventOptions.Section}:Partitions is {options.Partitions}; set it to a number from 1 to 10000.")
        : options.QueueBytes is < MinQueueBytes or > MaxQueueBytes
            ? ValidateOptionsResult.Fail($"{EventOptions.Section}:QueueBytes is {options.QueueBytes}; set it to a number from {MinQueueBytes} to {MaxQueueBytes}.")
        : options.SendTimeout < TimeSpan.FromSeconds(1) || options.SendTimeout > MaxSendTimeout
            ? ValidateOptionsResult.Fail($"{EventOptions.Section}:SendTimeout is {options.SendTimeout}; set it to at least a second and at most a day, such as 00:05:00.")
        : ValidateOptionsResult.Success;
}
