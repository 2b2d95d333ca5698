{{- /* What the operator is told; more of it by extraEnv, but nothing twice: Helm 4 would be refused by the API server. */}}
{{- define "revrx-worker.env" -}}
{{- $own := include "revrx-worker.ownEnv" . | fromYamlArray }}
{{- $names := list }}
{{- range $own }}{{ $names = append $names .name }}{{ end }}
{{- range .Values.extraEnv }}
{{- if has .name $names }}
{{- fail (printf "extraEnv: %s is set by the chart already" .name) }}
{{- end }}
{{- end }}
{{- toYaml (concat $own .Values.extraEnv) }}
{{- end }}

{{- define "revrx-worker.ownEnv" -}}
- name: REVRX_WATCH_NAMESPACES
  value: {{ include "revrx-worker.servedNamespaces" . | fromJsonArray | join "," | quote }}
- name: REVRX_LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: REVRX_LOG_FORMAT
  value: {{ .Values.logFormat }}
- name: REVRX_LEASE_NAMESPACE
  value: {{ .Release.Namespace }}
- name: REVRX_LEASE_NAME
  value: {{ include "revrx-worker.fullname" . }}
- name: REVRX_IDENTITY
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
{{- end }}
