{{- /* Rules of egress to DNS and to Redis, which operator and workers share. */}}
{{- define "revrx-worker.dnsAndRedis" -}}
- ports:
  - {protocol: UDP, port: 53}
  - {protocol: TCP, port: 53}
  {{- with .Values.networkPolicy.dnsTo }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{ include "revrx-worker.egress" .Values.networkPolicy.redis }}
{{- end }}

{{- /* One rule of egress; no peers is anywhere. */}}
{{- define "revrx-worker.egress" -}}
- ports:
  {{- range .ports }}
  - {protocol: TCP, port: {{ . }}}
  {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- /* Peers of a rule of ingress to metrics; none is anybody. */}}
{{- define "revrx-worker.metricsFrom" -}}
{{- with .Values.networkPolicy.metricsFrom }}
from:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
