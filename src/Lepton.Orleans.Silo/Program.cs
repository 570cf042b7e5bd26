using Lepton.Orleans.Silo;

return await LeptonHost.RunAsync(args);
