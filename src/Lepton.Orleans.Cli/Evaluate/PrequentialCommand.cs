using System.CommandLine;
using Lepton.Orleans.Cli.Commands;
using Lepton.Orleans.Engine.Evaluation;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Cli.Evaluate;

/// <summary><c>lepton evaluate prequential</c>: replays a stream of events, ranking each before learning from it.</summary>
internal static class PrequentialCommand
{
    private const string Description =
        "HR@10 over the second half of a stream, each event ranked before it is learned from: train_full.txt and test.txt with times, or sequences.txt.";

    /// <summary>The command.</summary>
    internal static Command Create(TimeProvider clock)
    {
        var defaults = new PrequentialOptions();
        var folder = new Argument<DirectoryInfo>("folder") { Description = "The folder with the events." };
        var mode = new Option<string>("--mode") { Description = "What learns: build, online or both.", DefaultValueFactory = static _ => "both" };
        mode.AcceptOnlyFromAmong("build", "online", "both");
        var hidden = new Option<int>("--hidden") { Description = "How many of a user's newest events the ranking does not see." };
        var halfLife = new Option<double>("--half-life") { Description = "After how many hours popularity counts half.", DefaultValueFactory = _ => defaults.TrendingHalfLife.TotalHours };
        var growth = new Option<double>("--growth") { Description = "By which share the events grow before they are built anew.", DefaultValueFactory = _ => defaults.Growth };
        var learner = new Option<int>("--learner") { Description = "The recurrent model's vectors learn from one event in so many; 0: from builds alone.", DefaultValueFactory = static _ => 1 };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = static _ => 1 };
        var tune = new Option<TimeSpan?>("--tune") { Description = "Search for so long, such as 10m, for better settings on the first half of the stream, also for the half-life, and use them." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        tune.AcceptDuration();
        hidden.Accept("a whole number, 0 or more", n => n >= 0);
        learner.Accept("a whole number, 0 or more", n => n >= 0);
        halfLife.Accept("a number of hours from 0.001 to 87600, which are ten years", hours => hours is >= .001 and <= 87_600);
        growth.Accept("a number, more than 0", share => share > 0);
        seed.Accept("a whole number");
        var command = new Command("prequential", Description) { folder, mode, hidden, halfLife, growth, learner, seed, tune, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                parsed.GetRequiredValue(folder),
                parsed.GetValue(seed),
                defaults with
                {
                    Build = parsed.GetValue(mode) == "online" ? null : new ModelBuildOptions { Seed = parsed.GetValue(seed) },
                    LearnsOnline = parsed.GetValue(mode) != "build",
                    HiddenEvents = parsed.GetValue(hidden),
                    TrendingHalfLife = TimeSpan.FromHours(parsed.GetValue(halfLife)),
                    Learner = parsed.GetValue(learner) > 0 ? defaults.Learner : null,
                    Weights = parsed.GetValue(learner) > 0 ? BlendWeights.Online : defaults.Weights,
                    LearnerStride = Math.Max(1, parsed.GetValue(learner)),
                    Growth = parsed.GetValue(growth),
                },
                parsed.GetValue(tune),
                clock,
                parsed.GetValue(json),
                parsed.InvocationConfiguration,
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(
        DirectoryInfo folder,
        int seed,
        PrequentialOptions options,
        TimeSpan? budget,
        TimeProvider clock,
        bool json,
        InvocationConfiguration console,
        CancellationToken cancellationToken)
    {
        EventStreamData data;
        try
        {
            data = folder.Exists ? DataSetReader.Stream(folder, seed) : throw new DataSetException($"There is no folder {folder.FullName}.");
        }
        catch (Exception e) when (e is DataSetException or IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine(e.Message);
            return 1;
        }

        TuningReport? tuning = null;
        if (budget is { } given)
        {
            var (training, times) = Prequential.FirstHalf(data);
            var start = (options.Build ?? new ModelBuildOptions { Seed = seed }) with { TrendingHalfLife = options.TrendingHalfLife };
            tuning = TuningReport.Run(training, start, given, clock, console.Error, times, cancellationToken);
            var found = tuning.Best.ApplyTo(start);
            options = options with { Build = options.Build is null ? null : found, TrendingHalfLife = found.TrendingHalfLife };
        }

        var report = EvaluationReport.Of(Prequential.Run(data, options, progress: null, cancellationToken), tuning);
        if (json)
        {
            report.WriteJson(console.Output);
        }
        else
        {
            report.WriteText(console.Output);
        }

        return 0;
    }
}
